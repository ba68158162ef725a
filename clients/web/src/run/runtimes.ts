/** The runtime of each language: a worker, and the files that it needs. */

import { FILES } from "virtual:runtimes";
import { LoadFailed, WORDS } from "./failures.js";
import { Silence } from "./silence.js";
import cpp from "./workers/cpp.ts?worker&url";
import javascript from "./workers/javascript.ts?worker&url";
import python from "./workers/python.ts?worker&url";
import typescript from "./workers/typescript.ts?worker&url";

export interface Runtime {
  /** The address of its worker. */
  readonly worker: string;
  /** Names in `FILES`. */
  readonly files: readonly string[];
}

/** By the id of a language; other languages can be edited, but not run. */
export const RUNTIMES: ReadonlyMap<string, Runtime> = new Map([
  ["python", { worker: python, files: ["pyodide.wasm", "python_stdlib.zip"] }],
  ["javascript", { worker: javascript, files: ["quickjs.wasm"] }],
  ["typescript", { worker: typescript, files: ["quickjs.wasm"] }],
  [
    "cpp",
    {
      worker: cpp,
      files: ["llvm.core.wasm", "llvm.core2.wasm", "llvm.core3.wasm", "llvm.core4.wasm", "llvm-resources.tar"],
    },
  ],
]);

export interface Loaded {
  readonly worker: string;
  readonly parts: Readonly<Record<string, ArrayBuffer>>;
}

/**
 * Fetch a runtime; the browser caches it.
 *
 * @param progress called with the bytes loaded and the bytes in total, both uncompressed
 * @throws LoadFailed the server can't be reached, is silent, or sends something else
 */
export async function load(
  runtime: Runtime,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Loaded> {
  const failing = new AbortController();
  const silence = new Silence(() => failing.abort(new LoadFailed(WORDS.serverSilent)));
  const either = AbortSignal.any([signal, failing.signal]);
  const files = runtime.files.map((name) => [name, FILES[name] ?? missing(name)] as const);
  const total = files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  let done = 0;
  const arrived = (bytes: number): void => {
    silence.heard();
    done += bytes;
    progress(done, total);
  };
  progress(done, total);
  try {
    const [worker, ...contents] = await Promise.all([
      fetchFile(runtime.worker, either).then((response) => response.text()),
      ...files.map(async ([name, { url, bytes }]) => [name, await read(await fetchFile(url, either), bytes, arrived)] as const),
    ]);
    return { worker, parts: Object.fromEntries(contents) };
  } catch (error) {
    failing.abort(error); // the other files are not needed any more
    if (error instanceof LoadFailed || signal.aborted) throw error;
    throw new LoadFailed(error instanceof TypeError ? WORDS.unreachable : String(error), { cause: error });
  } finally {
    silence.end();
  }
}

function missing(name: string): never {
  throw new LoadFailed(`${name} is not in this build of the page.`);
}

async function fetchFile(address: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { signal });
  // Names change with the content: this page asks for a file of an older version.
  if (response.status === 404) throw new LoadFailed(WORDS.outdated);
  if (!response.ok) throw new LoadFailed(`the server answers ${response.status} for ${address}.`);
  return response;
}

async function read(response: Response, length: number, arrived: (bytes: number) => void): Promise<ArrayBuffer> {
  const content = new Uint8Array(length);
  let at = 0;
  const reader = response.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    content.set(part.value, at);
    at += part.value.length;
    arrived(part.value.length);
  }
  if (at !== length) throw new LoadFailed(`${response.url} has ${at} bytes of ${length}.`);
  return content.buffer;
}
