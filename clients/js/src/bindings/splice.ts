/** From one text to another by one change: what they begin and end with alike is kept. */

import { codePointLength } from "../engine/codepoints.js";
import { Operation } from "../engine/operation.js";

/**
 * The operation that turns `before` into `after` by replacing one range.
 *
 * @param caret where, in `after` (code units), the change is known to end: it decides
 *   which of several equal letters was typed.
 */
export function splice(before: string, after: string, caret: number = after.length): Operation {
  const shorter = Math.min(before.length, after.length);
  let suffix = 0;
  const longestSuffix = Math.min(shorter, after.length - caret);
  while (suffix < longestSuffix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
  let prefix = 0;
  while (prefix < shorter - suffix && before[prefix] === after[prefix]) prefix++;
  while (suffix < shorter - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
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
