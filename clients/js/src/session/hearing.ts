/**
 * Hearing: what the server's messages mean for text, facts and outbox.  No I/O, no clock.
 *
 * The numbers of the rules are those of docs/protocol.md.  Invariant: a message that can't
 * be taken changes nothing but facts.
 */

import type { Connection } from "./connection.js";
import type { Changed } from "./events.js";
import type { Facts } from "./facts.js";
import { TYPES, type Reject, type Reset, type ServerError, type ServerMessage, type Update as UpdateMessage, type Welcome, type Who } from "./messages.js";
import type { Outbox } from "./outbox.js";
import { withoutExcess } from "./parts.js";
import { Diverged, Leave, OutOfStep, Update } from "./replica.js";
import type { View } from "./view.js";

/** The client id is somebody else's.  Come back under another one. */
class ClientTaken extends Leave {
  override readonly reason = "client_taken";
}

/** The server will have no more of this client: coming back would change nothing. */
export class Fatal extends Error {
  constructor(readonly error: ServerError) {
    super(error.message);
  }
}

/** Takes in what is said on one connection after the other. */
export class Hearing {
  readonly #view: View;
  readonly #facts: Facts;
  readonly #outbox: Outbox;
  /** Whether what is outstanding was refused as too large, though all of it fits. */
  #isSaidAgain = false;
  readonly #connection: Connection;

  constructor(view: View, facts: Facts, outbox: Outbox, connection: Connection) {
    this.#view = view;
    this.#facts = facts;
    this.#outbox = outbox;
    this.#connection = connection;
  }

  /**
   * Take in a message; one of an unknown type says nothing.
   *
   * @throws Leave it can't be taken on this connection.
   * @throws Fatal nor on any other.
   */
  hear(message: ServerMessage, now: number): void {
    const view = this.#view;
    const facts = this.#facts;
    if (!TYPES.has(message.type)) return;
    if (!this.#connection.isOpen && message.type !== "welcome" && message.type !== "error") {
      throw new OutOfStep(`${message.type} before the welcome`);
    }
    switch (message.type) {
      case "update":
        return this.#update(message, now);
      case "presence":
        if (!this.#isNow(message.revision)) return;
        return view.place(this.#others(message.who));
      case "participants":
        facts.participantsChanged(message);
        // One who has come may have gone before, and nobody told of it.
        for (const one of [...(message.left ?? []), ...(message.joined ?? []).map(({ id }) => id)]) view.presences.drop(one);
        return view.tell({ type: "participants" });
      case "session":
        if (facts.sessionChanged(message)) view.tell({ type: "session" });
        return;
      case "reject":
        return this.#reject(message, now);
      case "reset":
        return this.#restart(message, message.text, message.revision, message.reason);
      case "welcome":
        return this.#welcome(message, now);
      case "error":
        return this.#error(message, now);
      case "diagnostics":
        if (this.#isNow(message.revision)) view.diagnose(message.items);
        return;
      case "pong":
        return;
    }
  }

  /** Nothing that is unconfirmed will ever be committed. */
  giveUp(reason: string): void {
    this.#outbox.refused();
    this.#view.giveUp(reason);
  }

  #welcome(message: Welcome, now: number): void {
    if (this.#connection.isOpen) throw new OutOfStep("a second welcome");
    const view = this.#view;
    const facts = this.#facts;
    const outbox = this.#outbox;
    // A computer that lost its power may remember less than it sent.  Then what was on its
    // way is still known by its seq; what follows may be committed, or not: who can tell?
    const wasStored = view.replica.stored !== null;
    const isOutdated = wasStored && message.last_seq > outbox.seq;
    const isNew = facts.welcome(message);
    view.size.most = message.limits.document_bytes;
    outbox.welcomed(message.limits, message.last_seq, now);
    if (isNew) view.tell({ type: "session" });
    view.tell({ type: "participants" });
    if (message.changes) {
      this.#resume(message, now);
      const isRefused = outbox.awaited !== null && outbox.awaited <= message.last_seq;
      if (isOutdated) {
        this.giveUp("outdated");
      } else if (isRefused) {
        outbox.answered(); // the answer to a new seq says why
        // It may have been offered already, just before the crash.
        if (wasStored) view.reject("refused");
      }
    } else if (message.text !== undefined && message.revision !== undefined) {
      this.#restart(message, message.text, message.revision, message.reset ?? "diverged");
    } else {
      throw new Diverged("a welcome without a text");
    }
    const nobody = Object.fromEntries([...view.presences.others().keys()].map((one) => [one, []]));
    view.place({ ...nobody, ...this.#others(message.who ?? {}) });
    this.#connection.welcomed();
  }

  #resume(message: Welcome, now: number): void {
    const { replica } = this.#view;
    const { stored } = replica;
    if (!replica.wayBack || message.from !== replica.client.revision) {
      throw new Diverged("changes that don't begin at a text that is known here");
    }
    if (!stored) return this.#update(message, now);
    if (message.text === undefined) throw new Diverged("changes without the text that was asked for");
    const update = new Update(message, this.#outbox.awaited);
    this.#take(update, replica.takeUp(stored, message.text, update), now);
    this.#view.size.start(replica.text);
  }

  #update(message: UpdateMessage | Welcome, now: number): void {
    const update = new Update(message, this.#outbox.awaited);
    const changes = this.#view.replica.update(update);
    if (changes) this.#take(update, changes, now);
  }

  #take(update: Update, changes: readonly Changed[], now: number): void {
    if (update.answers) {
      this.#outbox.answered();
      this.#isSaidAgain = false;
    }
    this.#outbox.changed(now);
    this.#view.show(changes);
  }

  /** Take out what can't be saved, and no more. */
  #reject({ seq, code, message }: Reject, now: number): void {
    if (seq !== this.#outbox.awaited) return;
    switch (code) {
      case "locked":
        return this.#outbox.postponed(now);
      case "too_large":
        this.#outbox.refused();
        return this.#reduce(code);
      case "forbidden":
        return this.giveUp(code);
      case "length_mismatch":
      case "unknown_revision":
      case "seq_reused":
        this.giveUp(code);
        throw new Diverged(message);
      default:
        this.#outbox.refused();
        this.#view.reject(code);
    }
  }

  /** Keep what fits of an edit that makes the text too large; it is sent again. */
  #reduce(code: string): void {
    const { client } = this.#view.replica;
    if (!client.outstanding) return;
    const parts = withoutExcess(client.outstanding, client.text, this.#view.size.most);
    if (parts) client.divide(...parts);
    if (parts || this.#isSaidAgain) this.#view.reject(code);
    else this.#isSaidAgain = true; // the text has become shorter since the server looked at it
  }

  /** Begin at a text of the server's, whatever there was. */
  #restart({ epoch, chain, last_seq = 0 }: Welcome | Reset, text: string, revision: number, reason: string): void {
    this.#view.restart(reason, text, { epoch, revision, chain });
    this.#outbox.spend(last_seq);
    this.#outbox.restarted();
  }

  #error(error: ServerError, now: number): void {
    if (error.code === "unavailable") return this.#outbox.unavailable(error.seq, now);
    this.#view.tell({ type: "complaint", code: error.code, message: error.message });
    if (error.code === "client_taken") throw new ClientTaken(error.message);
    if (error.fatal) throw new Fatal(error);
  }

  /** The same without what this client shows. */
  #others(who: Who): Who {
    const { participant, connection } = this.#facts;
    const shown = participant !== null && who[participant];
    return shown ? { ...who, [participant]: shown.filter((one) => one.connection !== connection) } : who;
  }

  /** Whether what was said of a revision still holds of the text here. */
  #isNow(revision: number): boolean {
    const here = this.#view.replica.client.revision;
    if (revision > here) throw new OutOfStep(`something at ${revision}, not ${here}`);
    return revision === here;
  }
}
