/** C++ by clang: compiled to WebAssembly and run in this worker. */

import { ConsoleStdout, Fd, WASI, wasi } from "@bjorn3/browser_wasi_shim";
import { commands, Exit, type Tree } from "@yowasp/clang";
import { compiling, Input, running, serve, stderr, stdout, type Given } from "./program.js";

/** How much memory a program may use, in bytes, including its stack. */
const MOST_MEMORY = 512 * 2 ** 20;
const STACK = 2 ** 20;
/** Exit codes, the same as in shells. */
const FAILED = 1;
const ABORTED = 134;

/** Its library has no exceptions, so every `throw` is reported as an error. */
const COMPILE = [
  "-std=c++23",
  "-O1",
  "-fno-exceptions",
  "-ferror-limit=10",
  `-Wl,--max-memory=${MOST_MEMORY},-z,stack-size=${STACK},--strip-all`,
  "main.cpp",
  "-o",
  "main.wasm",
];

const clang = commands["clang++"];

serve(async () => {
  await clang(undefined, {}, { fetchProgress: () => {} }); // only unpacks its headers
  return async ({ text, stdin }) => {
    compiling();
    const program = await compiled(text);
    if (program === null) return FAILED;
    running();
    return execute(program, stdin);
  };
});

/** @returns null if it can't be compiled; the errors have been printed */
async function compiled(text: string): Promise<WebAssembly.Module | null> {
  const say = (bytes: Uint8Array | null): void => {
    if (bytes) stderr.bytes(bytes);
  };
  try {
    const files = (await clang(COMPILE, { "main.cpp": text }, { stdout: say, stderr: say })) as Tree;
    return await WebAssembly.compile(files["main.wasm"] as Uint8Array<ArrayBuffer>);
  } catch (error) {
    if (error instanceof Exit) return null;
    throw error;
  }
}

async function execute(program: WebAssembly.Module, stdin: Given["stdin"]): Promise<number> {
  const system = new WASI(["main"], [], [
    new Stdin(stdin),
    new ConsoleStdout((bytes) => stdout.bytes(bytes)),
    new ConsoleStdout((bytes) => stderr.bytes(bytes)),
  ]);
  const instance = await WebAssembly.instantiate(program, { wasi_snapshot_preview1: system.wasiImport as WebAssembly.ModuleImports });
  try {
    return system.start(instance as Parameters<WASI["start"]>[0]);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    stderr.text(`Aborted: ${error.message}\n`);
    return ABORTED;
  }
}

class Stdin extends Fd {
  readonly #input: Input;

  constructor(bytes: Given["stdin"]) {
    super();
    this.#input = new Input(bytes);
  }

  override fd_read(size: number): { ret: number; data: Uint8Array } {
    return { ret: wasi.ERRNO_SUCCESS, data: this.#input.read(size) };
  }

  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    return { ret: wasi.ERRNO_SUCCESS, fdstat: new wasi.Fdstat(wasi.FILETYPE_CHARACTER_DEVICE, 0) };
  }
}
