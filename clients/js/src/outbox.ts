/**
 * Outbox: how one edit reaches the server, exactly once.
 *
 * At most one edit is on its way.  What has been sent is frozen: until it is answered it is
 * sent again to the letter, whatever has become of the operation in the client since.  A
 * seq is never used for anything else.  An edit that must be repeated goes with a ping: where
 * nothing at all comes then, the line is dead.
 */

import { Backoff } from "./backoff.js";
import type { Edit, WireSelection } from "./session/messages.js";
import type { Operation } from "./engine/operation.js";
import type { Sent } from "./browser/storage.js";
import { Timer, type Clock } from "./browser/clock.js";

/** How long an answer may take before the edit is sent again, in milliseconds. */
const ANSWER_WITHIN = 5_000;
/**
 * How long nothing may come, in milliseconds, on a line that was asked for a word.
 *
 * A line that is slow to carry a large edit looks as dead as one that is: each that is given up
 * over the same edit gives the next one twice as long.
 */
const SILENT_FOR = 3_000;

export interface OutboxOptions {
  clock: Clock;
  random: () => number;
  send: (edit: Edit) => void;
  /** Ask the server for a word. */
  ping: () => void;
  /** None came: the line is dead. */
  silent: () => void;
  /** The next edit may be sent now, after one that came too soon. */
  due: () => void;
}

export class Outbox {
  readonly #clock: Clock;
  readonly #send: (edit: Edit) => void;
  readonly #ping: () => void;
  readonly #backoff: Backoff;
  readonly #resend: Timer;
  readonly #silence: Timer;
  readonly #pace: Timer;
  #seq = 0;
  #sent: Sent | null = null;
  #nextAt = 0;
  #interval = 0;
  #silentFor = SILENT_FOR;

  constructor({ clock, random, send, ping, silent, due }: OutboxOptions) {
    this.#clock = clock;
    this.#send = send;
    this.#ping = ping;
    this.#backoff = new Backoff(random);
    this.#resend = new Timer(clock, () => this.#ask());
    this.#silence = new Timer(clock, () => {
      this.#silentFor *= 2;
      silent();
    });
    this.#pace = new Timer(clock, due);
  }

  /** The last seq that was used. */
  get seq(): number {
    return this.#seq;
  }

  /** What is on its way, as it was sent. */
  get sent(): Sent | null {
    return this.#sent;
  }

  /** Go on where another tab left off. */
  restore(seq: number, sent: Sent | null): void {
    this.answered();
    this.#seq = seq;
    this.#sent = sent;
  }

  /** What the server says of seqs and speed. */
  welcomed(lastSeq: number, editsPerSecond: number): void {
    this.spend(lastSeq);
    this.#interval = 1000 / editsPerSecond;
  }

  /** The server has no use any more for seqs up to this one. */
  spend(lastSeq: number): void {
    this.#seq = Math.max(this.#seq, lastSeq);
  }

  /** Whether an edit may be sent now; if it is only too soon, `due` is called when it may. */
  ready(): boolean {
    if (this.#sent) return false;
    const wait = this.#nextAt - this.#clock.now();
    if (wait <= 0) return true;
    if (!this.#pace.running) this.#pace.start(wait);
    return false;
  }

  /** What an operation would be sent as. */
  draft(revision: number, operation: Operation): Edit {
    return { type: "edit", seq: this.#seq + 1, revision, op: operation.toWire() };
  }

  /** This has its seq for good. It is to be stored before it is transmitted. */
  freeze({ seq, revision, op }: Edit): void {
    this.#seq = seq;
    this.#sent = { seq, revision, op };
  }

  /** Send for the first time what was frozen. */
  transmit(edit: Edit, selections: WireSelection[] | null): void {
    this.#nextAt = this.#clock.now() + this.#interval;
    this.#send(selections ? { ...edit, selections } : edit);
    this.#resend.start(ANSWER_WITHIN);
  }

  /** The server said something, whatever it was. */
  heard(): void {
    if (!this.#silence.running) return;
    this.#silence.stop();
    this.#resend.start(ANSWER_WITHIN);
  }

  /** Send on a new line what is on its way. */
  resend(): void {
    if (!this.#sent) return;
    this.#send({ type: "edit", ...this.#sent });
    this.#resend.start(ANSWER_WITHIN);
  }

  /** The server could decide nothing: try again, later each time. */
  postpone(): void {
    if (this.#sent) this.#resend.start(this.#backoff.next());
  }

  /** What was on its way has been decided; its seq is spent. */
  answered(): void {
    this.#sent = null;
    this.#silentFor = SILENT_FOR;
    this.#resend.stop();
    this.#silence.stop();
    this.#backoff.reset();
  }

  /** Nothing can be sent for now. */
  pause(): void {
    this.#resend.stop();
    this.#silence.stop();
    this.#pace.stop();
  }

  /** Send again what is on its way, and see whether anybody is there. */
  #ask(): void {
    this.resend();
    this.#resend.stop();
    this.#ping();
    this.#silence.start(this.#silentFor);
  }
}
