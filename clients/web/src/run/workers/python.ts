/** Python by Pyodide. */

import "./alone.js";
import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { info } from "pyodide/pyodide-lock.json";
import driver from "./driver.py?raw";
import { handedBytes, handedModule } from "./handed.js";
import { alive, Input, running, serve, stderr, stdout, type Run } from "./program.js";

/** Pyodide asks where its files are; it is given them instead. */
const NOWHERE = "https://nowhere.invalid/";

let isReady = false;

serve(async (interrupt) => {
  const pyodide = await withoutFetching(() =>
    loadPyodide({
      indexURL: NOWHERE,
      packageBaseUrl: NOWHERE,
      lockFileContents: { info, packages: {} },
      createPyodideModule,
    } as Parameters<typeof loadPyodide>[0]),
  );
  if (interrupt) pyodide.setInterruptBuffer(interrupt);
  pyodide.setStdout({ write: (bytes: Uint8Array) => written(stdout, bytes) });
  pyodide.setStderr({ write: (bytes: Uint8Array) => written(stderr, bytes) });
  const names = pyodide.globals.get("dict")();
  pyodide.runPython(driver, { globals: names, filename: "driver.py" });
  const main = names.get("run");
  isReady = true;
  const run: Run = async ({ text, stdin }) => {
    const input = new Input(stdin);
    pyodide.setStdin({
      read(buffer: Uint8Array) {
        const bytes = input.read(buffer.length);
        buffer.set(bytes);
        return bytes.length;
      },
    });
    running();
    return (await main.callPromising(text)) as number;
  };
  return run;
});

function written(output: typeof stdout, bytes: Uint8Array): number {
  output.bytes(bytes);
  return bytes.length;
}

/**
 * Have each file that Python opens count as a sign of life until it is ready.
 *
 * Python starts without saying anything, on a slow machine for longer than a worker may be silent.
 * But it opens hundreds of files meanwhile, one for each module that it imports.
 */
function reportingOpens(imports: WebAssembly.Imports): WebAssembly.Imports {
  const open = imports.env?.__syscall_openat;
  if (typeof open !== "function") throw new Error("Pyodide opens files in another way now");
  const reported: typeof open = (...given: unknown[]) => {
    if (!isReady) alive();
    return open(...given);
  };
  return { ...imports, env: { ...imports.env, __syscall_openat: reported } };
}

/** Answer Pyodide's requests to the network with the files that this worker was given. */
async function withoutFetching<T>(load: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  globalThis.fetch = (asked) =>
    Promise.resolve(new Response(String(asked).endsWith(".zip") ? handedBytes("python_stdlib.zip") : null));
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = handedModule("pyodide.wasm");
    return { module, instance: await WebAssembly.instantiate(module, reportingOpens(imports!)) };
  };
  try {
    return await load();
  } finally {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}
