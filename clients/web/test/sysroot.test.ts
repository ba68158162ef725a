import { expect, test } from "vitest";
import { withoutUnneeded } from "../bundling/sysroot.js";

const BLOCK = 512;

function entry(name: string, content: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, "0"), 124);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

function namesIn(archive: Buffer): string[] {
  return archive.toString("latin1").match(/(include|lib|share)\/[\w./+-]+/g) ?? [];
}

test("what other machines need is left out, with all its blocks", () => {
  const kept = ["include/stddef.h", "include/c++/v1/vector", "include/wasm_simd128.h", "lib/wasm32-wasip1/libc++.a"];
  const left = [
    "include/avx2intrin.h",
    "include/altivec.h",
    "include/riscv_crypto.h",
    "include/c++/v1/__cxx03/vector",
    "include/sanitizer/asan_interface.h",
    "lib/wasm32-wasip1/libc.so",
    "share/libc++/v1/std.cppm",
  ];
  const parts = [...kept, ...left].sort().map((name) => entry(name, "x".repeat(BLOCK + 1)));
  const archive = withoutUnneeded(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
  expect(namesIn(archive).sort()).toEqual([...kept].sort());
  expect(archive.length).toBe(kept.length * 3 * BLOCK + 2 * BLOCK);
});
