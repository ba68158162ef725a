/** Limits the memory of a WebAssembly module. */

const MEMORY_SECTION = 5;
const HEADER = 8;
const HAS_MAXIMUM = 1;

/** @param most in bytes; a lower limit of the module's own stays */
export function withMostMemory(module: Uint8Array<ArrayBuffer>, most: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER; at < module.length; ) {
    const id = module[at]!;
    const [size, start] = readNumber(module, at + 1);
    const end = start + size;
    if (id === MEMORY_SECTION) {
      const section = new Uint8Array(rewritten(module.subarray(start, end), most / 65_536));
      const parts = [module.subarray(0, at), Uint8Array.of(id, ...toNumber(section.length)), section, module.subarray(end)];
      return joined(parts);
    }
    at = end;
  }
  throw new Error("the module has no memory of its own");
}

/** @param section with one memory: the number of memories, flags, minimum, and a maximum if it has one */
function rewritten(section: Uint8Array, mostPages: number): number[] {
  const [count, afterCount] = readNumber(section, 0);
  const flags = section[afterCount]!;
  const [minimum, afterMinimum] = readNumber(section, afterCount + 1);
  if (count !== 1) throw new Error("the module has several memories");
  const maximum = flags & HAS_MAXIMUM ? readNumber(section, afterMinimum)[0] : mostPages;
  return [count, flags | HAS_MAXIMUM, ...toNumber(minimum), ...toNumber(Math.max(minimum, Math.min(maximum, mostPages)))];
}

/** Reads LEB128. @returns the number, and the index after it */
function readNumber(bytes: Uint8Array, at: number): [value: number, after: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function toNumber(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
