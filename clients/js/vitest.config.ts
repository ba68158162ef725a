import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/seed.ts",
    setupFiles: "test/support/use-seed.ts",
    // Ten thousand cases of a property take a while on a small shared machine.
    testTimeout: 60_000,
  },
});
