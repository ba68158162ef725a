/**
 * Presences: where everybody's selections are in the text shown, whatever has happened since.
 *
 * A participant has one presence for each of their connections.  No I/O.  Invariant: a selection
 * is always one in the text shown.
 */

import type { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";

/** Stands for this client, which the server names otherwise. */
export const SELF = "";

/** What one connection shows. */
export interface Presence {
  /** The name of the connection, which it keeps when it comes back; "" is this one. */
  readonly connection: string;
  /** In code points; the first one is the main one. */
  readonly selections: readonly Selection[];
  readonly typing: boolean;
  /** What its program shows beside them: any JSON, or null. */
  readonly data: unknown;
}

const NONE: readonly Presence[] = [];

/** The presence of participants, moved along with the text. */
export class Presences {
  #told: ReadonlyMap<string, readonly Presence[]> = new Map();

  /**
   * Somebody shows these, in the text shown of that length; return whether that is anything new.
   *
   * Ends outside of it are moved into it.
   */
  put(participant: string, presences: readonly Presence[], length: number): boolean {
    const within = (one: Presence): Presence => ({ ...one, selections: one.selections.map((at) => clamped(at, length)) });
    const before = this.get(participant);
    const after = presences.map(within);
    if (after.length === before.length && after.every((one, i) => same(one, before[i]))) return false;
    const told = new Map(this.#told);
    if (after.length > 0) told.set(participant, after);
    else told.delete(participant);
    this.#told = told;
    return true;
  }

  /** Somebody has gone, or shows nothing any more. */
  drop(participant: string): void {
    this.put(participant, NONE, 0);
  }

  /** The text shown changed. */
  move(operation: Operation): void {
    const moved = (one: Presence): Presence => ({ ...one, selections: one.selections.map((at) => at.transform(operation)) });
    if (this.#told.size > 0) this.#told = new Map([...this.#told].map(([participant, shown]) => [participant, shown.map(moved)]));
  }

  get(participant: string): readonly Presence[] {
    return this.#told.get(participant) ?? NONE;
  }

  /** What all but this client show, by participant; never changed in place. */
  others(): ReadonlyMap<string, readonly Presence[]> {
    const others = new Map(this.#told);
    others.delete(SELF);
    return others;
  }
}

/** A selection with its ends moved into a text of that length. */
export function clamped({ anchor, head }: Selection, length: number): Selection {
  const within = (offset: number): number => Math.max(0, Math.min(offset, length));
  return new Selection(within(anchor), within(head));
}

function same(a: Presence, b: Presence | undefined): boolean {
  return (
    b !== undefined &&
    a.connection === b.connection &&
    a.typing === b.typing &&
    a.selections.length === b.selections.length &&
    a.selections.every((one, i) => b.selections[i]?.equals(one)) &&
    JSON.stringify(a.data) === JSON.stringify(b.data)
  );
}
