import { expect, test } from "vitest";
import { withMostMemory } from "../src/run/memory.js";

const PAGE = 65_536;

/** A module that exports a memory: a minimum of one page, then the maximum where there is one. */
function moduleWith(limits: readonly number[]): Uint8Array<ArrayBuffer> {
  const section = [1, ...limits];
  const exported = [1, 1, "m".charCodeAt(0), 2, 0];
  return Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, section.length, ...section, 7, exported.length, ...exported);
}

function memoryOf(module: Uint8Array<ArrayBuffer>): WebAssembly.Memory {
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports["m"] as WebAssembly.Memory;
}

test("a memory without a limit gets one", () => {
  const memory = memoryOf(withMostMemory(moduleWith([0, 1]), 300 * PAGE));
  memory.grow(299);
  expect(() => memory.grow(1)).toThrow(RangeError);
});

test("a memory with a lower limit keeps it", () => {
  const memory = memoryOf(withMostMemory(moduleWith([1, 1, 2]), 300 * PAGE));
  memory.grow(1);
  expect(() => memory.grow(1)).toThrow(RangeError);
});

test("a memory with a higher limit gets the lower one, whatever its length in bytes", () => {
  const memory = memoryOf(withMostMemory(moduleWith([1, 1, 0x80, 0x80, 0x01]), 130 * PAGE));
  memory.grow(129);
  expect(() => memory.grow(1)).toThrow(RangeError);
});

test("what a module begins with it may have in any case", () => {
  expect(memoryOf(withMostMemory(moduleWith([0, 3]), PAGE)).buffer.byteLength).toBe(3 * PAGE);
});

test("a module without a memory of its own can't be limited, and that is said", () => {
  expect(() => withMostMemory(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), PAGE)).toThrow("no memory");
});
