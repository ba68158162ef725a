/**
 * Waiting: what came from the session and is not in the editor yet.
 *
 * An editor is left alone for a while when a change would disturb what its user is in the middle of.
 * Invariant: what the editor shows, changed by what waits, is the session's text.
 */

import { Operation } from "../engine/operation.js";
import type { Selection } from "../engine/selection.js";
import { transform, transformIndex } from "../engine/transform.js";
import type { Changed } from "../session/events.js";

/** A change for the editor to show. */
export interface Arrived {
  readonly operation: Operation;
  /** Whether it takes back the user's own edits: undo knows of it then, as it does of them. */
  readonly isOwn: boolean;
}

/** A stretch of the editor's text, in code points. */
export type Stretch = readonly [start: number, stop: number];

export class Waiting {
  #arrived: Arrived[] = [];

  get isEmpty(): boolean {
    return this.#arrived.length === 0;
  }

  add(changes: readonly Changed[]): void {
    for (const { operation, cause } of changes) this.#arrived.push({ operation, isOwn: cause === "refused" });
  }

  /** What was edited in the editor, as the session takes it. */
  edit(edit: Operation): Operation {
    this.#arrived = this.#arrived.map(({ operation, isOwn }) => {
      const [moved, rest] = transform(operation, edit);
      edit = rest;
      return { operation: moved, isOwn };
    });
    return edit;
  }

  /** Where a selection in the editor is in the session's text. */
  place(selection: Selection): Selection {
    return this.#arrived.reduce((one, { operation }) => one.transform(operation), selection);
  }

  /**
   * Take what the editor may show now: all that came before the first change that touches one of
   * `held`, in as few changes as the undo history takes.
   */
  take(held: readonly Stretch[] = []): Arrived[] {
    const taken: Arrived[] = [];
    for (let next = this.#arrived[0]; next; next = this.#arrived[0]) {
      const { operation, isOwn } = next;
      if (held.some((stretch) => touches(operation, stretch))) break;
      held = held.map(([start, stop]) => [transformIndex(operation, start), transformIndex(operation, stop)]);
      const last = taken.at(-1);
      if (last?.isOwn === isOwn) taken[taken.length - 1] = { operation: last.operation.compose(operation), isOwn };
      else taken.push(next);
      this.#arrived.shift();
    }
    return taken;
  }
}

/** Whether an operation changes something in a stretch, or right beside it. */
function touches({ components }: Operation, [start, stop]: Stretch): boolean {
  let at = 0;
  for (const component of components) {
    const end = typeof component === "string" ? at : at + Math.abs(component);
    const isKept = typeof component === "number" && component > 0;
    if (!isKept && at <= stop && end >= start) return true;
    at = end;
  }
  return false;
}
