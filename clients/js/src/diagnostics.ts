/**
 * Diagnostics: what analysis found in the text, where that is in the text that the editor shows.
 *
 * The server tells them for the confirmed text; here they are moved past one's own
 * unconfirmed edits, and past every change that follows.  A diagnostic lies from the first of
 * its characters that are left to the last one, and is gone with the last.  Its fix holds
 * only for the text that it was made for: an edit within it ends it.
 *
 * The same rules, in Python, are in `ot_protocol/moving.py`.
 */

import { codePointLength } from "./engine/codepoints.js";
import type { Client } from "./engine/client.js";
import type { Diagnostic, Fix } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import { transformIndex } from "./engine/transform.js";

export class Diagnostics {
  #all: readonly Diagnostic[] = [];

  /** In the order of the text; never changed in place. */
  get all(): readonly Diagnostic[] {
    return this.#all;
  }

  /** Take in all that the server knows of the text at the client's revision. */
  receive(items: readonly Diagnostic[], client: Client): void {
    this.#all = items;
    for (const operation of [client.outstanding, client.buffer]) if (operation) this.transform(operation);
  }

  transform(operation: Operation): void {
    if (this.#all.length > 0) this.#all = this.#all.flatMap((diagnostic) => moved(diagnostic, operation) ?? []);
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
