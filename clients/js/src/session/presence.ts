/**
 * Presences: where everybody's selections are in the text shown, whatever has happened since.
 *
 * No I/O.  Invariant: a selection is always one in the text shown.
 */

import type { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";

/** Stands for the user, whom the server names otherwise and never tells of. */
export const SELF = "";

/** One participant's selections, in code points; the first one is the main one. */
export interface Presence {
  readonly selections: readonly Selection[];
  readonly typing: boolean;
}

/** The presence of participants, moved along with the text. */
export class Presences {
  #told: ReadonlyMap<string, Presence> = new Map();

  /** Somebody's selections, in the text shown of that length; ends outside of it are moved into it. */
  put(participant: string, { selections, typing }: Presence, length: number): void {
    const within = (selection: Selection): Selection => clamped(selection, length);
    this.#told = new Map(this.#told).set(participant, { selections: selections.map(within), typing });
  }

  /** Somebody has gone, or has no caret any more. */
  drop(participant: string): void {
    if (!this.#told.has(participant)) return;
    const told = new Map(this.#told);
    told.delete(participant);
    this.#told = told;
  }

  /** Only these are here, and the user; return who had a caret and has gone. */
  keep(participants: { has(id: string): boolean }): string[] {
    const gone = [...this.#told.keys()].filter((one) => one !== SELF && !participants.has(one)).sort();
    for (const one of gone) this.drop(one);
    return gone;
  }

  /** The text shown changed. */
  move(operation: Operation): void {
    const moved = ([participant, { selections, typing }]: [string, Presence]): [string, Presence] => [
      participant,
      { selections: selections.map((one) => one.transform(operation)), typing },
    ];
    if (this.#told.size > 0) this.#told = new Map([...this.#told].map(moved));
  }

  get(participant: string): Presence | null {
    return this.#told.get(participant) ?? null;
  }

  /** The presence of all but the user, by participant; never changed in place. */
  others(): ReadonlyMap<string, Presence> {
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
