/**
 * Outbox: what is to be said to the server, and when.  No I/O, no clock.
 *
 * At most one edit is outstanding.  It is sent when the pace and the session's lock allow it,
 * and again after `RESEND_AFTER` seconds without an answer, with a ping: where nothing at all
 * comes then, the connection is dead.  While nothing is outstanding, carets and now and then a
 * checksum are told.
 *
 * Invariant: `sent` is the very message that went out for the client's outstanding operation, and
 * stays so until it is answered, though that operation moves with every change: a resend is
 * equal to it to the letter, and its seq is never used again.
 */

import { crc32 } from "./crc32.js";
import type { Facts } from "./facts.js";
import {
  MAX_SELECTIONS,
  PROTOCOL,
  type ClientMessage,
  type Edit,
  type Hello,
  type Limits,
  type WireSelection,
} from "./messages.js";
import { SELF, type Presences } from "./presence.js";
import type { Replica } from "./replica.js";
import { Backoff, Pace, type Jitter } from "./timing.js";

const RESEND_AFTER = 5;
/**
 * Seconds without a word after which a connection is given up that was asked for one.
 *
 * One that is slow to carry a large edit looks as dead as one that is: each that is given up
 * over the same edit gives the next one twice as long.
 */
const SILENT_FOR = 3;
/** How many times the seconds between pings may pass without a word. */
const SILENT_PINGS = 3;
const VERIFY_EVERY = 10;
/** Seconds without a change after which a text has come to rest, and its author types no more. */
const REST = 2;

/** From when on something is to be said, and what makes the message. */
type Duty = readonly [due: number, say: (now: number) => ClientMessage];

/** What one client still has to say, over as many connections as it takes. */
export class Outbox {
  #sent: Edit | null;
  #seq: number;
  readonly #replica: Replica;
  readonly #presences: Presences;
  readonly #facts: Facts;
  readonly #pings: boolean;
  readonly #unavailable: Backoff;
  readonly #edits = new Pace();
  readonly #presencePace = new Pace();
  #pingSeconds = Infinity;
  #resendAt = 0;
  /** Whether `sent` was said on this connection. */
  #isSaid = false;
  #silentFor = SILENT_FOR;
  /** Null while nothing is waited for but the answer. */
  #silentAt: number | null = null;
  #heardAt = 0;
  #pingedAt = 0;
  #hasCarets = false;
  #isPresenceTold = true;
  #isTypingTold = false;
  #typesUntil = -Infinity;
  #changedAt = -Infinity;
  #verified = 0;
  #verifiedAt = -Infinity;

  /** @param pings whether the connection is to be kept alive from here */
  constructor(replica: Replica, presences: Presences, facts: Facts, jitter: Jitter, pings: boolean) {
    this.#sent = replica.stored?.sent ?? null;
    this.#seq = replica.stored?.seq ?? 0;
    this.#replica = replica;
    this.#presences = presences;
    this.#facts = facts;
    this.#pings = pings;
    this.#unavailable = new Backoff(jitter);
  }

  /** What is on its way, as it was sent. */
  get sent(): Edit | null {
    return this.#sent;
  }

  /** The seq of what is on its way; null: nothing is. */
  get awaited(): number | null {
    return this.#sent?.seq ?? null;
  }

  /** The last seq that was used, or is spent. */
  get seq(): number {
    return this.#seq;
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
      ...(this.#seq > 0 && { seq: this.#seq }),
      ...(place && !this.#replica.hasText && { text: true }),
    };
  }

  /** The server takes what is said on a new connection, on which nothing was said yet. */
  welcomed(limits: Limits, lastSeq: number, now: number): void {
    this.#edits.limit(limits.edits_per_second);
    this.#presencePace.limit(limits.presence_per_second);
    this.#pingSeconds = limits.ping_seconds;
    this.spend(lastSeq);
    this.#resendAt = this.#heardAt = this.#pingedAt = now;
    this.#isSaid = false;
    this.#silentAt = null;
    this.#isPresenceTold = this.#isTypingTold = false;
  }

  /** Nothing is outstanding; the text is one of the server's. */
  restarted(): void {
    this.#verified = this.#replica.client.revision;
    this.answered();
  }

  /** Another client speaks, which has never said anything. */
  renamed(): void {
    this.#seq = 0;
    this.answered();
  }

  /** No seq up to this one is good any more. */
  spend(lastSeq: number): void {
    this.#seq = Math.max(this.#seq, lastSeq);
  }

  /** The user typed. */
  edited(now: number): void {
    this.changed(now);
    this.#typesUntil = now + REST;
    this.#isPresenceTold &&= this.#isTypingTold;
  }

  /** The text shown changed. */
  changed(now: number): void {
    this.#changedAt = now;
  }

  /** The user moved a caret. */
  selected(isTyping: boolean, now: number): void {
    this.#hasCarets = true;
    this.#isPresenceTold = false;
    if (isTyping) this.#typesUntil = now + REST;
  }

  /** The server said something, whatever it was. */
  heard(now: number): void {
    this.#heardAt = now;
    if (this.#silentAt === null) return;
    this.#silentAt = null;
    this.#resendAt = now + RESEND_AFTER;
  }

  /** What was sent is decided, one way or the other. */
  answered(): void {
    this.#sent = null;
    this.#silentFor = SILENT_FOR;
    this.#unavailable.reset();
  }

  /** The server couldn't decide on what was sent: again, later. */
  unavailable(seq: number | undefined, now: number): void {
    if (this.#sent?.seq === seq && this.#sent) this.#resendAt = now + this.#unavailable.next();
  }

  /** Whether the connection is dead: a word was asked for, and none came. */
  isSilent(now: number): boolean {
    if (this.#silentAt !== null && this.#silentAt <= now) {
      this.#silentFor *= 2;
      return true;
    }
    return this.#deadAt <= now;
  }

  // What is due.

  /** What is to be sent now; it counts as sent. */
  take(now: number): ClientMessage[] {
    return this.#duties()
      .filter(([due]) => due <= now)
      .map(([, say]) => say(now));
  }

  /** When there is something to say, or the connection is dead, if nothing happens until then. */
  get deadline(): number | null {
    const dues = [...this.#duties().map(([due]) => due), this.#silentAt ?? Infinity, this.#deadAt];
    const soonest = Math.min(...dues);
    return soonest < Infinity ? soonest : null;
  }

  get #deadAt(): number {
    return this.#pings ? this.#heardAt + SILENT_PINGS * this.#pingSeconds : Infinity;
  }

  #duties(): Duty[] {
    if (this.#silentAt !== null) return [];
    if (this.#sent) {
      const due = Math.max(this.#resendAt, this.#edits.readyAt);
      const again: Duty = [due, this.#edit];
      return this.#isSaid ? [again, [due, this.#ask]] : [again];
    }
    const duties: Duty[] = [];
    const { outstanding, revision } = this.#replica.client;
    if (this.#pings) duties.push([Math.max(this.#heardAt, this.#pingedAt) + this.#pingSeconds, this.#ping]);
    if (outstanding) {
      if (!this.#facts.isLocked) duties.push([this.#edits.readyAt, this.#edit]);
      return duties;
    }
    const { readyAt } = this.#presencePace;
    if (this.#hasCarets && !this.#isPresenceTold) duties.push([readyAt, this.#presence]);
    else if (this.#isTypingTold) duties.push([Math.max(readyAt, this.#typesUntil), this.#presence]);
    if (this.#verified !== revision) {
      duties.push([Math.max(this.#verifiedAt + VERIFY_EVERY, this.#changedAt + REST), this.#verify]);
    }
    return duties;
  }

  readonly #edit = (now: number): ClientMessage => {
    this.#edits.spend(now);
    this.#resendAt = now + RESEND_AFTER;
    this.#isSaid = true;
    return (this.#sent ??= this.#freeze());
  };

  readonly #ask = (now: number): ClientMessage => {
    this.#silentAt = now + this.#silentFor;
    return this.#ping(now);
  };

  readonly #ping = (now: number): ClientMessage => {
    this.#pingedAt = now;
    return { type: "ping" };
  };

  #freeze(): Edit {
    const { outstanding, buffer, revision } = this.#replica.client;
    if (!outstanding) throw new Error("there is nothing to send");
    this.#seq++;
    // The carets are kept in the text shown, which with a buffer is not the text after this.
    const selections = buffer ? null : this.#selections();
    if (selections) this.#isPresenceTold = this.#isTypingTold = true;
    return { type: "edit", seq: this.#seq, revision, op: outstanding.toWire(), ...(selections && { selections }) };
  }

  readonly #presence = (now: number): ClientMessage => {
    this.#presencePace.spend(now);
    this.#isPresenceTold = true;
    this.#isTypingTold = now < this.#typesUntil;
    const { revision } = this.#replica.client;
    return { type: "presence", revision, selections: this.#selections() ?? [], typing: this.#isTypingTold };
  };

  readonly #verify = (now: number): ClientMessage => {
    const { revision, text } = this.#replica.client;
    this.#verified = revision;
    this.#verifiedAt = now;
    return { type: "verify", revision, crc32: crc32(text) };
  };

  #selections(): WireSelection[] | null {
    const mine = this.#presences.get(SELF);
    return mine && mine.selections.slice(0, MAX_SELECTIONS).map((one) => one.toWire());
  }
}
