/** Takes what clang needs for WebAssembly out of an archive that is for other machines too. */

/** The block size of a tar archive: each entry is a header, and its content filled up to whole blocks. */
const BLOCK = 512;
const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;

/** Other headers for one machine are recognised by their names. */
const UNNEEDED: readonly RegExp[] = [
  /^include\/(?!wasm_)[\w]*(intrin|intrinsics|protos|_types|_wrappers?)\w*\.h$/,
  /^include\/(__clang_(cuda|hip|spirv)|altivec|amo|andes|arm|hexagon|hlsl|hvx|msa|opencl|riscv|s390|sifive|velintrin|htm|lasx|lsx)/,
  /^include\/(sanitizer|ppc_wrappers|hlsl|profile|openmp_wrappers|fuzzer|cuda_wrappers|orc|llvm_\w+|zos_wrappers)\//,
  /^include\/c\+\+\/v1\/__cxx03\//,
  /^share\//,
  /^lib\/.*(\.so|profile\.a)$/,
];

/** The archive without what only other machines, or debuggers, need. */
export function withoutUnneeded(archive: Buffer): Buffer {
  const kept: Buffer[] = [];
  let at = 0;
  while (at + BLOCK <= archive.length && archive[at] !== 0) {
    const name = archive.toString("latin1", at + NAME[0], at + NAME[1]).replace(/\0.*$/s, "");
    const size = Number.parseInt(archive.toString("latin1", at + SIZE[0], at + SIZE[1]), 8) || 0;
    const end = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (!UNNEEDED.some((pattern) => pattern.test(name))) kept.push(archive.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, Buffer.alloc(2 * BLOCK)]);
}
