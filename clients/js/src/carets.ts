/**
 * Carets: where the other participants are, in the text that the editor shows.
 *
 * The server tells them for the confirmed text; here they are moved past one's own
 * unconfirmed edits, and past every change that follows.
 */

import type { Client } from "./engine/client.js";
import type { WirePresence } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import { Selection } from "./engine/selection.js";

/** One participant's selections, in code points, and whether they are typing. */
export interface Presence {
  readonly selections: readonly Selection[];
  readonly typing: boolean;
}

export class Carets {
  #byParticipant: ReadonlyMap<string, Presence> = new Map();

  /** By participant; never changed in place. */
  get byParticipant(): ReadonlyMap<string, Presence> {
    return this.#byParticipant;
  }

  /** Take in what the server says of the text at the client's revision; `self` is not among the others. */
  receive(who: Record<string, WirePresence | null>, client: Client, self: string | null): void {
    const carets = new Map(this.#byParticipant);
    const past = [client.outstanding, client.buffer].filter((operation) => operation !== null);
    const length = past[0]?.baseLength ?? client.length;
    const within = (offset: number): number => Math.max(0, Math.min(offset, length));
    for (const [participant, caret] of Object.entries(who)) {
      carets.delete(participant);
      if (!caret || participant === self) continue;
      const selections = caret.selections.map(([anchor, head]) =>
        past.reduce(
          (selection, operation) => selection.transform(operation),
          new Selection(within(anchor), within(head)),
        ),
      );
      carets.set(participant, { selections, typing: caret.typing });
    }
    this.#byParticipant = carets;
  }

  transform(operation: Operation): void {
    const moved = ([participant, { selections, typing }]: [string, Presence]): [string, Presence] => [
      participant,
      { selections: selections.map((selection) => selection.transform(operation)), typing },
    ];
    this.#byParticipant = new Map([...this.#byParticipant].map(moved));
  }

  /** Keep only the carets of these participants. */
  keep(participants: { has(id: string): boolean }): void {
    this.#byParticipant = new Map([...this.#byParticipant].filter(([id]) => participants.has(id)));
  }
}
