/** From one text to another by one change: what they begin and end with alike is kept. */

import { codePointLength } from "../engine/codepoints.js";
import { Operation } from "../engine/operation.js";

/** So many code units are compared at once while they are alike, then fewer: one by one is slow in a long text. */
const PIECES = [4096, 256, 16, 1];

/**
 * The operation that turns `before` into `after` by replacing one range.
 *
 * @param caret where, in `after` (code units), the change is known to end: it decides
 *   which of several equal letters was typed.
 */
export function splice(before: string, after: string, caret: number = after.length): Operation {
  const shorter = Math.min(before.length, after.length);
  const end = (text: string, from: number, to: number): string => text.slice(text.length - to, text.length - from);
  const begin = (text: string, from: number, to: number): string => text.slice(from, to);
  const alike = (piece: typeof begin, count: number, most: number): number => {
    for (const size of PIECES) {
      while (count + size <= most && piece(before, count, count + size) === piece(after, count, count + size)) count += size;
    }
    return count;
  };
  let suffix = alike(end, 0, Math.min(shorter, after.length - caret));
  let prefix = alike(begin, 0, shorter - suffix);
  suffix = alike(end, suffix, shorter - prefix);
  // A pair that is alike in one half only is not alike.
  if (splitsPair(before, prefix) || splitsPair(after, prefix)) prefix--;
  if (splitsPair(before, before.length - suffix) || splitsPair(after, after.length - suffix)) suffix--;

  const start = codePointLength(before.slice(0, prefix));
  const stop = start + codePointLength(before.slice(prefix, before.length - suffix));
  const length = stop + codePointLength(before.slice(before.length - suffix));
  return Operation.replace(length, start, stop, after.slice(prefix, after.length - suffix));
}

function splitsPair(text: string, offset: number): boolean {
  return offset > 0 && offset < text.length && (text.codePointAt(offset - 1) ?? 0) > 0xffff;
}
