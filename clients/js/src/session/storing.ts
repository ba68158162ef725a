/**
 * Storing: what has to be stored of a client, and whether it is.  No I/O.
 *
 * Invariant: there is a record while anything is unconfirmed, and none otherwise.  An edit that only
 * makes the buffer longer is stored by itself: a key costs what it costs with nothing unsaved.
 */

import type { Operation } from "../engine/operation.js";
import type { Outbox } from "./outbox.js";
import { sameRecord, type ClientRecord, type Write } from "./record.js";
import type { View } from "./view.js";

/** How many code units are stored edit by edit before all is stored anew, however little it is. */
const LEAST = 8192;
/** What an edit takes besides its text, about. */
const ENVELOPE = 128;
/** How many edits are stored one by one at most: reading them takes time. */
const MOST = 500;

/** What is stored of one client, as far as it knows. */
export class Storing {
  readonly #view: View;
  readonly #outbox: Outbox;
  #written: ClientRecord | null;
  #isDone: boolean;
  /** Whether what counts as written may not be. */
  #hasFailed = false;
  /** Edits that `writes` has not told. */
  #edits: Operation[] = [];
  /** How much may still be stored edit by edit before all is stored anew. */
  #room = 0;
  #appended = 0;

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
    const written = this.#written;
    const edits = this.#edits.splice(0);
    if (sameRecord(record, written)) return [];
    this.#written = record;
    this.#isDone = false;
    if (!record) return [{ type: "forget" }];
    if (edits.length > 0 && written && !this.#hasFailed && sameRecord({ ...record, buffer: written.buffer }, written)) {
      const operation = edits.reduce((first, second) => first.compose(second));
      this.#room -= sizeOf(operation);
      if (this.#room >= 0 && ++this.#appended <= MOST) return [{ type: "append", operation, record }];
    }
    this.#hasFailed = false;
    this.#appended = 0;
    this.#room = Math.max(LEAST, sizeOf(record.outstanding) + (record.buffer ? sizeOf(record.buffer) : 0));
    return [{ type: "keep", record }];
  }

  /** The user typed. */
  edited(operation: Operation): void {
    this.#edits.push(operation);
  }

  /** Whether all that `writes` returned last is stored. */
  done(isDone: boolean): void {
    this.#isDone = isDone;
    this.#hasFailed ||= !isDone;
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

function sizeOf({ components }: Operation): number {
  return components.reduce<number>((sum, one) => sum + (typeof one === "string" ? one.length : 0), ENVELOPE);
}
