/**
 * Replica: the client machine together with its place in the server's log.
 *
 * It turns what the server says about the text into operations for the editor, and keeps
 * (epoch, revision, chain) with the text that they belong to.  No I/O.
 */

import { Acknowledgement, advanceState, Client, stateOf, type Change } from "./engine/client.js";
import { OTError, UnexpectedAcknowledgement } from "./engine/errors.js";
import type { Update, WireChange } from "./session/messages.js";
import { Operation } from "./engine/operation.js";
import { diff } from "./engine/diff.js";
import type { StoredClient } from "./browser/storage.js";

/** What an update did: operations for the editor, and whether what was sent is acknowledged. */
export interface Taken {
  readonly operations: readonly Operation[];
  readonly acknowledged: boolean;
}

/** Where a text stands in the log. */
export interface Place {
  readonly epoch: number;
  readonly revision: number;
  readonly chain: string;
}

export class Replica {
  #client: Client;
  #epoch: number;
  #chain: string;

  private constructor(client: Client, epoch: number, chain: string) {
    this.#client = client;
    this.#epoch = epoch;
    this.#chain = chain;
  }

  /** A replica that starts from a text. */
  static at(text: string, { epoch, revision, chain }: Place): Replica {
    return new Replica(new Client(text, revision), epoch, chain);
  }

  /**
   * A replica that goes on from what was stored, once the text at the head and the
   * changes that lead there are known.
   *
   * @param seq what the stored client had sent, if anything.
   * @throws OTError the three do not belong together.
   */
  static resume(stored: StoredClient, text: string, update: Update): { replica: Replica; acknowledged: boolean } {
    const changes = readChanges(update.changes, stored.sent?.seq ?? null);
    const { state } = advanceState(stateOf(stored.outstanding, stored.buffer), changes);
    const client = Client.resume(text, update.to, state);
    return {
      replica: new Replica(client, stored.epoch, update.chain),
      acknowledged: changes.some(isAcknowledgement),
    };
  }

  get client(): Client {
    return this.#client;
  }

  get place(): Place {
    return { epoch: this.#epoch, revision: this.#client.revision, chain: this.#chain };
  }

  /** The text that the editor shows. */
  get text(): string {
    const { unsaved, text } = this.#client;
    return unsaved ? unsaved.apply(text) : text;
  }

  /**
   * Take in the log from this replica's revision on.
   *
   * @param seq what is on its way, if anything.
   * @throws OTError the update does not follow; nothing has changed.
   */
  update({ from, to, chain, changes }: Update, seq: number | null): Taken {
    if (from !== this.#client.revision) {
      throw new OTError(`an update from revision ${from} can't follow revision ${this.#client.revision}`);
    }
    // A resend that crossed its answer is answered once more: that takes no revision.  A first answer takes one.
    const awaited = from === to ? null : seq;
    const read = from === to && seq !== ackIn(changes) ? [] : readChanges(changes, awaited);
    const { operations } = this.#client.receive(read, to);
    this.#chain = chain;
    return { operations, acknowledged: read.some(isAcknowledgement) };
  }

  /** The operation that makes what another replica shows, or an empty editor, what this one shows. */
  succeed(other: Replica | null): Operation {
    return diff(other?.text ?? "", this.text);
  }
}

function isAcknowledgement(change: Change): boolean {
  return change instanceof Acknowledgement;
}

function ackIn(changes: readonly WireChange[]): number | null {
  for (const change of changes) if (change.ack != null) return change.ack;
  return null;
}

/** @throws OTError a change is malformed, or acknowledges anything but `seq`, or does so twice. */
function readChanges(changes: readonly WireChange[], seq: number | null): Change[] {
  return changes.map((change) => {
    if (change.op != null) return Operation.fromWire(change.op);
    if (change.ack !== seq) throw new UnexpectedAcknowledgement(`seq ${change.ack} was not asked about`);
    seq = null;
    return new Acknowledgement();
  });
}
