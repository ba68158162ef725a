/** The files that this worker was given to run code with. */

import type { Part, Parts } from "../protocol.js";

let parts: Parts = {};

export function handOver(all: Parts): void {
  parts = all;
}

/** @throws Error it has no such file: the page's table of runtimes is wrong */
export function handed(name: string): Part {
  const part = parts[name];
  if (part === undefined) throw new Error(`${name} was not handed over`);
  return part;
}

export function handedModule(name: string): WebAssembly.Module {
  return handed(name) as WebAssembly.Module;
}

export function handedBytes(name: string): ArrayBuffer {
  return handed(name) as ArrayBuffer;
}
