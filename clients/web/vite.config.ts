// The page is built into the server's package.  It takes the client library from its sources,
// so that nothing has to be built before it.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const sources = fileURLToPath(new URL("../js/src/", import.meta.url));
const server = "http://127.0.0.1:8000"; // for `npm run dev`, beside a running ot-server

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ot-collab$/, replacement: `${sources}index.ts` },
      { find: /^ot-collab\/(\w+)$/, replacement: `${sources}bindings/$1.ts` },
    ],
  },
  build: {
    outDir: "../../ot_server/web",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox125", "safari17.5"], // light-dark() stays as it is written
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server, "/ws": { target: server, ws: true } } },
});
