/**
 * Storing: what has to be stored of a client, and whether it is.  No I/O.
 *
 * Invariant: there is a record while anything is unconfirmed, and none otherwise.
 */

import type { Outbox } from "./outbox.js";
import { sameRecord, type ClientRecord, type Write } from "./record.js";
import type { View } from "./view.js";

/** What is stored of one client, as far as it knows. */
export class Storing {
  readonly #view: View;
  readonly #outbox: Outbox;
  #written: ClientRecord | null;
  #isDone: boolean;

  /** What the view's replica goes on from is stored. */
  constructor(view: View, outbox: Outbox) {
    this.#view = view;
    this.#outbox = outbox;
    this.#written = view.replica.stored;
    this.#isDone = this.#written !== null;
  }

  /** What is unconfirmed, and where; null: nothing is. */
  get record(): ClientRecord | null {
    const { stored, client, place } = this.#view.replica;
    const { outstanding, buffer } = stored ?? client;
    if (!outstanding || !place) return null;
    const { seq, sent } = this.#outbox;
    return { ...place, seq, sent, offers: this.#view.offers, outstanding, buffer };
  }

  /** What is to be stored; it counts as written. */
  writes(): Write[] {
    const { record } = this;
    if (sameRecord(record, this.#written)) return [];
    this.#written = record;
    this.#isDone = false;
    return [record ? { type: "keep", record } : { type: "forget" }];
  }

  /** Whether all that `writes` returned last is stored. */
  done(isDone: boolean): void {
    this.#isDone = isDone;
  }

  /** Whether all that is unconfirmed is known to be stored. */
  get isSafe(): boolean {
    const { record } = this;
    return record === null || (this.#isDone && sameRecord(record, this.#written));
  }

  /** Nothing is stored under the client's new id. */
  beginAnew(): void {
    this.#written = null;
  }
}
