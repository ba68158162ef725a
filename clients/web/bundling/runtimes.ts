/**
 * The files of the runtimes, taken from their packages: `virtual:runtimes` says where the page
 * finds each, and its uncompressed size.
 *
 * Packages that would fetch their files by themselves are changed: code runs where nothing can
 * be fetched, and is given everything that it needs.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { withoutUnneeded } from "./sysroot.js";

const resolve = createRequire(import.meta.url).resolve;
const clang = dirname(resolve("@yowasp/clang"));

/** From a file's name to where it is, and what is left out of it. */
const FILES: Readonly<Record<string, { path: string; trim?: (content: Buffer) => Buffer }>> = {
  "pyodide.wasm": { path: resolve("pyodide/pyodide.asm.wasm") },
  "python_stdlib.zip": { path: resolve("pyodide/python_stdlib.zip") },
  "quickjs.wasm": { path: resolve("@jitl/quickjs-wasmfile-release-sync/wasm") },
  "llvm.core.wasm": { path: join(clang, "llvm.core.wasm") },
  "llvm.core2.wasm": { path: join(clang, "llvm.core2.wasm") },
  "llvm.core3.wasm": { path: join(clang, "llvm.core3.wasm") },
  "llvm.core4.wasm": { path: join(clang, "llvm.core4.wasm") },
  "llvm-resources.tar": { path: join(clang, "llvm-resources.tar"), trim: withoutUnneeded },
};

/** How clang's package asks for its files: modules to compile, and one archive. */
const FETCHED =
  /fetch3\(new URL\("\.\/([\w.-]+)", import\.meta\.url\)\)\.then\((?:compileWasmModule|\(resp\) => resp\.arrayBuffer\(\))\)/g;
const FETCHED_FILES = 5;
const FETCHING = /\/(@yowasp\/clang\/gen\/bundle\.js|pyodide\/pyodide\.asm\.mjs|quickjs-wasmfile-release-sync\/dist\/emscripten-module\.browser\.mjs)$/;
const HAND = 'import { handed } from "/src/run/workers/handed.ts";\n';
const ABSENT = "\0absent";
const NOWHERE = '"https://nowhere.invalid/"';

const NAME = "virtual:runtimes";

/** For the built page only: Vite's own server has no frame to run code in. */
export function runtimes(): Plugin {
  let isBuilt = false;
  return {
    name: "runtimes",
    configResolved: ({ command }) => void (isBuilt = command === "build"),
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      if (!isBuilt) return "export const FILES = {};";
      const entries = Object.entries(FILES).map(([name, { path, trim }]) => {
        const content = readFileSync(path);
        const source = trim ? trim(content) : content;
        const reference = this.emitFile({ type: "asset", name, source });
        return `${JSON.stringify(name)}: { url: import.meta.ROLLUP_FILE_URL_${reference}, bytes: ${source.length} }`;
      });
      return `export const FILES = { ${entries.join(", ")} };`;
    },
  };
}

/** For the workers: these packages are given the files that they would fetch. */
export function handedOver(): Plugin {
  return {
    name: "handed-over",
    enforce: "pre",
    // They only import these in Node.
    resolveId: (id) => (id === "ws" || id.startsWith("node:") ? ABSENT : null),
    load: (id) => (id === ABSENT ? "export default {};" : null),
    transform(code, id) {
      if (!FETCHING.test(id)) return null;
      let found = 0;
      const handed = code.replace(FETCHED, (_, name: string) => {
        found++;
        return `Promise.resolve(handed("${name}"))`;
      });
      const expected = id.includes("/clang/") ? FETCHED_FILES : 0;
      if (found !== expected) this.error(`clang fetches ${found} files of ${expected}: how does it do that now?`);
      return HAND + handed.replaceAll("import.meta.url", NOWHERE);
    },
  };
}
