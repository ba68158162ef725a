/**
 * The compact form of an operation: one short text, for logs, columns, keys and URLs.
 *
 *     operation = *component
 *     component = count "="              retain
 *               | count "-"              delete
 *               | count "+" text         insert: `count` code points, as they are
 *     count     = 1-9 *(0-9)             at most ten digits
 *
 * `[1000, "a", 5000]` is `1000=1+a5000=`.  Nothing is escaped, since every insert says how
 * long it is; where none is longer than 99 code points the form is shorter than JSON.
 *
 * Invariant: each operation has exactly one compact form, and each text is the form of one
 * operation or of none.  So leading zeros and neighbours of one kind are refused, and two
 * operations are equal if their forms are.
 */

import { advance, codePointLength } from "./codepoints.js";
import { lengthOf, type Component } from "./components.js";
import { InvalidOperation } from "./errors.js";

/** Ten digits hold the longest count; what is too long all the same, the operation refuses. */
const HEAD = /([1-9][0-9]{0,9})([=+-])/y;

/** The compact form of a sound run of components. */
export function writeCompact(components: readonly Component[]): string {
  let compact = "";
  for (const component of components) {
    const length = lengthOf(component);
    if (typeof component === "string") compact += `${length}+${component}`;
    else compact += component > 0 ? `${length}=` : `${length}-`;
  }
  return compact;
}

/**
 * The components that a text may stand for; what they hold isn't looked at.
 *
 * @throws InvalidOperation it is no text, or breaks the grammar.
 */
export function readCompact(untrusted: unknown): Component[] {
  if (typeof untrusted !== "string") throw new InvalidOperation("a compact form is a text");
  const components: Component[] = [];
  let previous = "";
  let at = 0; // in code units
  while (at < untrusted.length) {
    HEAD.lastIndex = at;
    const [head = "", digits = "", kind = ""] = HEAD.exec(untrusted) ?? [];
    if (head === "") throw new InvalidOperation(`no component begins at ${at} of a compact form`);
    if (kind === previous) throw new InvalidOperation(`two neighbours of one kind meet at ${at} of a compact form`);
    previous = kind;
    const count = Number(digits);
    at += head.length;
    if (kind === "+") {
      const end = advance(untrusted, at, count);
      const text = untrusted.slice(at, end);
      if (codePointLength(text) !== count) throw new InvalidOperation(`an insert of ${count} code points is cut short`);
      components.push(text);
      at = end;
    } else {
      components.push(kind === "=" ? count : -count);
    }
  }
  return components;
}
