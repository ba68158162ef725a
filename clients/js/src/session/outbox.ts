/**
 * Outbox: what is to be said to the server, and when.  No I/O, no clock.
 *
 * At most one edit is outstanding; what is too much for one goes in parts.  It is sent when the
 * pace and the session's lock allow it, and again after `RESEND_AFTER` seconds without an answer,
 * with a ping: where nothing at all comes then, the connection is dead.  While nothing is
 * outstanding, carets and now and then a checksum are told.
 *
 * Invariant: `sent` is the very message that went out for the client's outstanding operation, and
 * stays so until it is answered, though that operation moves with every change: a resend is
 * equal to it to the letter, and its seq is never used again.
 */

import { crc32 } from "./crc32.js";
import type { Facts } from "./facts.js";
import { PROTOCOL, type ClientMessage, type Edit, type Hello, type Limits, type Verify } from "./messages.js";
import { OwnPresence } from "./own-presence.js";
import type { Presences } from "./presence.js";
import { divided } from "./parts.js";
import type { Replica } from "./replica.js";
import { Silence } from "./silence.js";
import { Backoff, Pace, REST, type Jitter } from "./timing.js";

const RESEND_AFTER = 5;
const VERIFY_EVERY = 10;

/** From when on something is to be said, and what makes the message. */
type Duty = readonly [due: number, say: (now: number) => ClientMessage];

/** What one client still has to say, over as many connections as it takes. */
export class Outbox {
  /** What is on its way, as it was sent. */
  sent: Edit | null;
  /** The last one that was used, or is spent. */
  seq: number;
  readonly #replica: Replica;
  readonly #facts: Facts;
  readonly #presence: OwnPresence;
  readonly #silence: Silence;
  readonly #unavailable: Backoff;
  readonly #edits = new Pace();
  #resendAt = 0;
  #againAt = -Infinity;
  /** Whether `sent` was said on this connection. */
  #isSaid = false;
  #changedAt = -Infinity;
  #verified = 0;
  #verifiedAt = -Infinity;

  /** @param pings whether the connection is to be kept alive from here */
  constructor(replica: Replica, presences: Presences, facts: Facts, jitter: Jitter, pings: boolean) {
    this.sent = replica.stored?.sent ?? null;
    this.seq = replica.stored?.seq ?? 0;
    this.#replica = replica;
    this.#facts = facts;
    this.#presence = new OwnPresence(presences);
    this.#silence = new Silence(pings);
    this.#unavailable = new Backoff(jitter);
  }

  /** The seq of what is on its way; null: nothing is. */
  get awaited(): number | null {
    return this.sent?.seq ?? null;
  }

  // What happens.

  /** What to say first on a new connection. */
  hello(client: string, token: string | null, name: string | null): Hello {
    const place = this.#replica.wayBack;
    return {
      type: "hello",
      protocol: PROTOCOL,
      client,
      ...(token !== null && { token }),
      ...(name !== null && { name }),
      ...place,
      ...(place && this.awaited !== null && { outstanding: this.awaited }),
      ...(this.seq > 0 && { seq: this.seq }),
      ...(place && !this.#replica.hasText && { text: true }),
    };
  }

  /** The server takes what is said on a new connection, on which nothing was said yet. */
  welcomed(limits: Limits, lastSeq: number, now: number): void {
    this.#edits.limit(limits.edits_per_second);
    this.#presence.begin(limits.presence_per_second);
    this.#silence.limit(limits.ping_seconds);
    this.spend(lastSeq);
    this.#resendAt = now;
    this.#isSaid = false;
  }

  /** Nothing is outstanding; the text is one of the server's. */
  restarted(): void {
    this.#verified = this.#replica.client.revision;
    this.answered();
  }

  /** Another client speaks, which has never said anything. */
  renamed(): void {
    this.seq = 0;
  }

  /** No seq up to this one is good any more. */
  spend(lastSeq: number): void {
    this.seq = Math.max(this.seq, lastSeq);
  }

  /** The user typed. */
  edited(now: number): void {
    this.changed(now);
    this.#presence.edited(now);
  }

  /** The text shown changed. */
  changed(now: number): void {
    this.#changedAt = now;
  }

  /** The user moved a caret, or shows something else beside it. */
  selected(isTyping: boolean, isDataNew: boolean, now: number): void {
    this.#presence.selected(isTyping, isDataNew, now);
  }

  /** The server said something, whatever it was. */
  heard(now: number): void {
    if (this.#silence.heard(now)) this.#resendAt = now + RESEND_AFTER;
  }

  /** What was sent is decided, one way or the other. */
  answered(): void {
    this.sent = null;
    this.#silence.answered();
    this.#unavailable.reset();
  }

  /** What was sent will never be committed under its seq. */
  refused(): void {
    this.answered();
    this.#presence.refused();
  }

  /** What was sent is refused for now: it is said again later, under a new seq. */
  postponed(now: number): void {
    this.sent = null;
    this.#silence.answered();
    this.#againAt = now + this.#unavailable.next();
  }

  /** The server couldn't decide on what was sent: again, later. */
  unavailable(seq: number | undefined, now: number): void {
    if (this.sent && this.sent.seq === seq) this.#resendAt = now + this.#unavailable.next();
  }

  /** Whether the connection is dead: a word was asked for, and none came. */
  isSilent(now: number): boolean {
    return this.#silence.isDead(now);
  }

  // What is due.

  /** What is to be sent now; it counts as sent. */
  take(now: number): ClientMessage[] {
    const due = this.#duties().filter((duty) => duty[0] <= now);
    return due.map(([, say]) => say(now));
  }

  /** When there is something to say, or the connection is dead, if nothing happens until then. */
  get deadline(): number | null {
    const soonest = Math.min(...this.#duties().map(([due]) => due), this.#silence.deadAt);
    return soonest < Infinity ? soonest : null;
  }

  #duties(): Duty[] {
    if (this.#silence.isAsked) return [];
    if (this.sent) {
      const due = Math.max(this.#resendAt, this.#edits.readyAt);
      const again: Duty = [due, this.#edit];
      return this.#isSaid ? [again, [due, (now) => this.#silence.ask(now)]] : [again];
    }
    const duties: Duty[] = [[this.#silence.pingAt, (now) => this.#silence.ping(now)]];
    const { outstanding, revision } = this.#replica.client;
    if (outstanding) {
      if (!this.#facts.isLocked) duties.push([Math.max(this.#edits.readyAt, this.#againAt), this.#edit]);
      return duties;
    }
    duties.push([this.#presence.due, (now) => this.#presence.tell(revision, now)]);
    if (this.#verified !== revision) {
      duties.push([Math.max(this.#verifiedAt + VERIFY_EVERY, this.#changedAt + REST), this.#verify]);
    }
    return duties;
  }

  readonly #edit = (now: number): Edit => {
    this.#edits.spend(now);
    this.#resendAt = now + RESEND_AFTER;
    this.#isSaid = true;
    return (this.sent ??= this.#freeze());
  };

  #freeze(): Edit {
    const { client } = this.#replica;
    const { limits } = this.#facts;
    const parts = client.outstanding && limits && divided(client.outstanding, () => client.text, limits);
    if (parts) client.divide(...parts);
    const { outstanding, buffer, revision } = client;
    if (!outstanding) throw new Error("there is nothing to send");
    this.seq++;
    // The carets are kept in the text shown, which with a buffer is not the text after this.
    const selections = buffer ? null : this.#presence.tellAlong();
    return { type: "edit", seq: this.seq, revision, op: outstanding.toWire(), ...(selections && { selections }) };
  }

  readonly #verify = (now: number): Verify => {
    const { revision, text } = this.#replica.client;
    this.#verified = revision;
    this.#verifiedAt = now;
    return { type: "verify", revision, crc32: crc32(text) };
  };
}
