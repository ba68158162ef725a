/**
 * Diagnostics: what analysis found in the text shown, whatever has happened to it since.
 *
 * A diagnostic lies from the first of its characters that are left to the last one, and is gone
 * with the last.  Its fix holds only for the text that it was made for: an edit within it ends it.
 * Invariant: what was told is kept as it was, with the changes since; it is moved when it is
 * asked for, so a change costs the same however many diagnostics there are.
 *
 * The rules by which one moves are, in Python, in `ot_protocol/moving.py`.
 */

import { codePointLength } from "../engine/codepoints.js";
import type { Operation } from "../engine/operation.js";
import { transformIndex } from "../engine/transform.js";
import type { Diagnostic, Fix } from "./messages.js";

/** How many changes are kept before every diagnostic is moved past them. */
const KEPT = 256;

/** The diagnostics that the server told last, moved along with the text. */
export class Diagnostics {
  #told: readonly Diagnostic[] = [];
  #since: Operation[] = [];

  /** These are all, in the text on which the unconfirmed operations follow. */
  put(items: readonly Diagnostic[], unconfirmed: readonly Operation[]): void {
    this.#told = items;
    this.#since = [...unconfirmed];
  }

  /** The text shown changed. */
  move(operation: Operation): void {
    if (this.#told.length === 0) return;
    this.#since.push(operation);
    if (this.#since.length > KEPT) this.all();
  }

  /** The diagnostics in the text shown, in its order; never changed in place. */
  all(): readonly Diagnostic[] {
    for (const operation of this.#since) this.#told = this.#told.flatMap((item) => moved(item, operation) ?? []);
    this.#since = [];
    return this.#told;
  }
}

/** A diagnostic after an operation; null where nothing of it is left. */
function moved({ fix, ...item }: Diagnostic, operation: Operation): Diagnostic | null {
  const range = movedRange(operation, item.start, item.stop);
  if (!range) return null;
  const stillFits = fix && movedFix(operation, fix);
  return { ...item, ...range, ...(stillFits && { fix: stillFits }) };
}

interface Range {
  readonly start: number;
  readonly stop: number;
}

function movedRange(operation: Operation, start: number, stop: number): Range | null {
  if (start === stop) {
    const index = transformIndex(operation, Math.min(start, operation.baseLength));
    return { start: index, stop: index };
  }
  let range = null as Range | null;
  for (const { from, to, length } of kept(operation)) {
    const left = Math.max(start, from);
    const right = Math.min(stop, from + length);
    if (left < right) range = { start: range?.start ?? to + left - from, stop: to + right - from };
  }
  return range;
}

/** The fix, if all from its first place to its last is kept in one piece. */
function movedFix(operation: Operation, fix: Fix): Fix | null {
  const start = fix.edits[0]?.start ?? 0;
  const stop = Math.max(start, ...fix.edits.map((edit) => edit.stop));
  for (const { from, to, length } of kept(operation)) {
    if (from > start || stop > from + length) continue;
    const by = to - from;
    return { ...fix, edits: fix.edits.map((edit) => ({ ...edit, start: edit.start + by, stop: edit.stop + by })) };
  }
  return null;
}

/** The pieces that an operation keeps: where they were, and where they are then. */
function* kept(operation: Operation): Generator<{ from: number; to: number; length: number }> {
  let from = 0;
  let to = 0;
  for (const component of operation.components) {
    if (typeof component === "string") {
      to += codePointLength(component);
    } else if (component < 0) {
      from -= component;
    } else {
      yield { from, to, length: component };
      from += component;
      to += component;
    }
  }
}
