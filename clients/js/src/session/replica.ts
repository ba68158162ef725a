/**
 * Replica: the text here, and its place in the server's log.  No I/O, no clock.
 *
 * It turns what the server says about the text into operations for the editor.  Invariant:
 * what it doesn't take changes nothing; and the place is that of the confirmed text.
 */

import { Client } from "../engine/client.js";
import { diff } from "../engine/diff.js";
import { OTError, UnexpectedAcknowledgement } from "../engine/errors.js";
import { Operation } from "../engine/operation.js";
import { Acknowledgement, advanceState, stateOf, type Change } from "../engine/state.js";
import type { Changed } from "./events.js";
import type { Update as UpdateMessage, Welcome } from "./messages.js";
import type { ClientRecord, Place } from "./record.js";

/** What came can't be taken: drop the connection, for this reason, and come back. */
export abstract class Leave extends Error {
  abstract readonly reason: "out_of_step" | "diverged" | "client_taken";
}

/** It can't follow what came before: a frame was lost.  Come back to this place. */
export class OutOfStep extends Leave {
  override readonly reason = "out_of_step";
}

/** The text here is not the server's, or the server is wrong.  Come back to no place. */
export class Diverged extends Leave {
  override readonly reason = "diverged";
}

/** What an `update` says, or a `welcome` that resumes. */
export class Update {
  /** @param awaited the seq that is outstanding */
  constructor(
    readonly message: UpdateMessage | Welcome,
    readonly awaited: number | null,
  ) {}

  /** Whether what is outstanding is acknowledged in it. */
  get answers(): boolean {
    return this.awaited !== null && (this.message.changes ?? []).some((one) => one.ack === this.awaited);
  }

  /**
   * Its changes, and the authors of those that are operations.
   *
   * @throws OTError one is no operation, or acknowledges what was not asked about.
   */
  read(): { taken: Change[]; authors: (string | null)[] } {
    const { from, to, changes = [] } = this.message;
    let awaited = from === to ? null : this.awaited;
    const authors: (string | null)[] = [];
    const taken = changes.map((change) => {
      if (change.op != null) {
        authors.push(change.by ?? null);
        return Operation.fromWire(change.op);
      }
      if (awaited === null || change.ack !== awaited) throw new UnexpectedAcknowledgement(`seq ${change.ack} is not awaited here`);
      awaited = null; // it is answered once
      return new Acknowledgement();
    });
    return { taken, authors };
  }
}

/** One client's text, with what is unconfirmed of it. */
export class Replica {
  client: Client;
  /** Whether there is a text to edit. */
  hasText = false;
  /** What was unconfirmed, until the text is known that it belongs to. */
  stored: ClientRecord | null;
  #epoch: number | null;
  #chain: string;
  /** Whether this text is known to be another one than the server's. */
  hasDiverged = false;

  /** @param record what it holds is unconfirmed, on a text that a welcome tells */
  constructor(record: ClientRecord | null = null) {
    this.client = new Client("", record?.revision ?? 0);
    this.stored = record;
    this.#epoch = record?.epoch ?? null;
    this.#chain = record?.chain ?? "";
  }

  /** Where the confirmed text is in the log; null before there is one. */
  get place(): Place | null {
    if (this.#epoch === null) return null;
    return { epoch: this.#epoch, revision: this.client.revision, chain: this.#chain };
  }

  /** Where a new connection may go on from; null: from a text anew. */
  get wayBack(): Place | null {
    return this.hasDiverged ? null : this.place;
  }

  /** The text shown: confirmed, then outstanding, then buffer. */
  get text(): string {
    const { unsaved, text } = this.client;
    return unsaved ? unsaved.apply(text) : text;
  }

  /** What is unconfirmed, as one operation on the confirmed text. */
  get unsaved(): Operation | null {
    if (!this.stored) return this.client.unsaved;
    const { outstanding, buffer } = this.stored;
    return buffer ? outstanding.compose(buffer) : outstanding;
  }

  /** What follows on the confirmed text, one after the other. */
  get unconfirmed(): Operation[] {
    return [this.client.outstanding, this.client.buffer].filter((one) => one !== null);
  }

  /** The length of the confirmed text, in code points. */
  get confirmedLength(): number {
    return this.client.outstanding?.baseLength ?? this.client.length;
  }

  /**
   * Take in the log from here on; null where it tells nothing new.
   *
   * @throws OutOfStep it doesn't begin here.
   * @throws Diverged it can't follow.
   */
  update(update: Update): Changed[] | null {
    const { revision } = this.client;
    const { from, to, chain } = update.message;
    // Taken already, or a second answer to a resend.
    if (to !== undefined && to <= revision && !update.answers) return null;
    if (from !== revision || to === undefined) {
      throw new OutOfStep(`an update from revision ${from}, not ${revision}`);
    }
    return orDiverged(() => {
      const { taken, authors } = update.read();
      const { operations } = this.client.receive(taken, to);
      this.#chain = chain;
      return operations.map((operation, i) => changed(operation, authors[i] ?? null));
    });
  }

  /**
   * Go on from a record: the text at the update's end, and what leads there.
   *
   * @throws Diverged the three don't belong together.
   */
  takeUp(stored: ClientRecord, text: string, update: Update): Changed[] {
    const { to, chain } = update.message;
    if (to === undefined) throw new Diverged("changes that don't say to where");
    const client = orDiverged(() => {
      const { state } = advanceState(stateOf(stored.outstanding, stored.buffer), update.read().taken);
      return Client.resume(text, to, state);
    });
    return this.#begin(client, { epoch: stored.epoch, revision: to, chain });
  }

  /** Begin at a text of the server's, whatever there was. */
  restart(text: string, place: Place): Changed[] {
    return this.#begin(new Client(text, place.revision), place);
  }

  /** Give up what is outstanding: return what takes it out of the text shown. */
  reject(): Changed {
    return { type: "changed", operation: this.client.reject(), by: null, cause: "refused" };
  }

  /** Give up all that is unconfirmed: return what takes it out of the text shown. */
  giveUp(): Changed {
    this.stored = null;
    return { type: "changed", operation: this.client.giveUp(), by: null, cause: "refused" };
  }

  #begin(client: Client, { epoch, chain }: Place): Changed[] {
    const before = this.text;
    this.client = client;
    this.stored = null;
    this.hasText = true;
    this.hasDiverged = false;
    this.#epoch = epoch;
    this.#chain = chain;
    return [{ type: "changed", operation: diff(before, this.text), by: null, cause: "reset" }];
  }
}

function changed(operation: Operation, by: string | null): Changed {
  return { type: "changed", operation, by, cause: "others" };
}

/** @throws Diverged where `take` throws an error of the engine. */
function orDiverged<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    throw error instanceof OTError ? new Diverged(error.message) : error;
  }
}
