// The pages are built into the server's package.  They import the client library from its
// sources, so that it doesn't have to be built first.

import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { packing } from "./bundling/packing.js";
import { handedOver, runtimes } from "./bundling/runtimes.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sources = here("../js/src/");
// `make dev`: Vite serves the page, and asks the server that runs beside it for the rest.
const server = `http://127.0.0.1:${process.env.OT_PORT ?? 8000}`;

// ReDoc shows its maker's logo, fetched from their server with every page view.  And it imports
// modules that its own bundler left out, because browsers never need them.
const MARK = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const LEFT_OUT = 'require("null")';
const nothingFromElsewhere: Plugin = {
  name: "nothing-from-elsewhere",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/redoc.standalone.js")) return null;
    if (!code.includes(MARK)) this.error(`ReDoc no longer shows ${MARK}: what does it fetch now?`);
    return code
      .replaceAll(MARK, "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>")
      .replaceAll(LEFT_OUT, "undefined");
  },
};

export default defineConfig({
  plugins: [nothingFromElsewhere, runtimes(), packing(here("../../node_modules/.cache/packing"))],
  // A worker is one script: where it runs, it can't fetch another.  Nor can it be a module, since
  // browsers don't fetch those for an origin like the frame's.
  worker: {
    format: "iife",
    plugins: () => [handedOver()],
    // Pyodide uses eval and CommonJS only in Node.
    rolldownOptions: { output: { codeSplitting: false }, checks: { eval: false, commonJsVariableInEsm: false } },
  },
  resolve: {
    alias: [
      { find: /^ot-collab$/, replacement: `${sources}index.ts` },
      { find: /^ot-collab\/(\w+)$/, replacement: `${sources}bindings/$1.ts` },
    ],
  },
  build: {
    outDir: "../../ot_server/web",
    emptyOutDir: true,
    reportCompressedSize: false, // the compressed files are there to look at
    target: "es2022",
    cssTarget: ["chrome123", "firefox125", "safari17.5"], // light-dark() stays as it is written
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_000, // kB: Swagger UI, which only `/docs` loads
    rolldownOptions: {
      input: ["index.html", "docs.html", "redoc.html", "run.html"].map(here),
      checks: { bundlerTimings: false },
    },
  },
  server: { proxy: { "/api": server, "/openapi.json": server, "/ws": { target: server, ws: true } } },
});
