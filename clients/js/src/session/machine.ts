/**
 * Machine: what a client of one session knows and decides.  No I/O, no clock, no callbacks.
 *
 * It is told what happens, all of it at the time that `at` told last, and is then asked what
 * follows.  Times are seconds of any clock that never goes back.
 *
 * Invariants: those of `View` and `Outbox`; and nothing is sent that was not to be stored before.
 * The same machine, with the same names, is `ot_client/machine.py`.
 */

import type { Operation } from "../engine/operation.js";
import type { Selection } from "../engine/selection.js";
import { Connection, type LeavingReason, type Phase } from "./connection.js";
import type { Diagnostics } from "./diagnostics.js";
import { NotEditable } from "./errors.js";
import type { SessionEvent } from "./events.js";
import { Facts } from "./facts.js";
import { Fatal, Hearing } from "./hearing.js";
import { ABNORMAL, FINAL, MALFORMED, NORMAL, type ClientMessage, type ServerMessage } from "./messages.js";
import { Outbox } from "./outbox.js";
import type { Presences } from "./presence.js";
import type { ClientRecord, Write } from "./record.js";
import { Leave, Replica } from "./replica.js";
import { HOPELESS, type End, type Status } from "./status.js";
import { Storing } from "./storing.js";
import type { Jitter } from "./timing.js";
import { View } from "./view.js";

/** A guest's name; what was stored, to go on from it; whether the connection is to be kept alive from here. */
export interface MachineOptions {
  readonly name?: string | null;
  readonly record?: ClientRecord | null;
  readonly pings?: boolean;
}

/** One client of one session, over as many connections as it takes. */
export class Machine {
  readonly facts = new Facts();
  /** Where everybody's carets are in the text shown. */
  readonly presences: Presences;
  /** What is wrong with the code in the text shown. */
  readonly diagnostics: Diagnostics;
  readonly #name: string | null;
  readonly #replica: Replica;
  readonly #view: View;
  readonly #outbox: Outbox;
  readonly #hearing: Hearing;
  readonly #storing: Storing;
  readonly #connection = new Connection();
  #token: string | null = null;
  #now = -Infinity;

  /** Begin without a text.  @param jitter draws how long to wait, between two bounds */
  constructor(client: string, jitter: Jitter, { name = null, record = null, pings = false }: MachineOptions = {}) {
    this.#name = name;
    this.#replica = new Replica(record);
    this.#view = new View(this.#replica, client);
    this.presences = this.#view.presences;
    this.diagnostics = this.#view.diagnostics;
    this.#outbox = new Outbox(this.#replica, this.presences, this.facts, jitter, pings);
    this.#hearing = new Hearing(this.#view, this.facts, this.#outbox, this.#connection);
    this.#storing = new Storing(this.#view, this.#outbox);
  }

  // What it is told.

  /** It is so late now. */
  at(now: number): void {
    this.#now = now;
    const { deadline, isOpen } = this.#connection;
    if (deadline !== null && deadline <= now) this.#connection.leave("no_welcome");
    else if (isOpen && this.#outbox.isSilent(now)) this.#connection.leave("silence");
  }

  /** A connection stands: `outgoing` has the hello. */
  connected(token: string | null): void {
    if (this.phase !== "offline") return;
    this.#connection.begin(this.#now);
    this.#token = token;
  }

  /** The server said this. */
  hear(message: ServerMessage): void {
    if (!this.#connection.isHeard) return;
    this.#outbox.heard(this.#now);
    try {
      this.#hearing.hear(message, this.#now);
    } catch (error) {
      if (error instanceof Fatal) return this.end(error.error.code, MALFORMED, error.error.message);
      if (!(error instanceof Leave)) throw error;
      this.#replica.hasDiverged ||= error.reason === "diverged";
      this.#connection.leave(error.reason);
    }
  }

  /** The connection is gone, with this close code. */
  lost(code: number = ABNORMAL, message = ""): void {
    if (this.ended) return;
    this.#connection.lose(message || `closed with code ${code}`);
    const final = FINAL.get(code);
    if (final !== undefined) this.end(final, code, message);
  }

  /**
   * The user edited the text shown; it is sent when its turn comes.
   *
   * @throws InvalidOperation the protocol can't carry it.
   * @throws LengthMismatch it was not made for the text shown.
   * @throws TooLarge the text would have more bytes than the server takes.
   * @throws NotEditable there is no text yet, or it is over.
   */
  edit(operation: Operation): void {
    if (this.ended || !this.hasText) throw new NotEditable("there is nothing to edit");
    if (this.#view.edit(operation)) this.#outbox.edited(this.#now);
    this.#storing.edited(operation);
  }

  /**
   * The user's carets are here in the text shown, with this beside them; an edit counts as typing anyway.
   *
   * @throws TooLarge, TypeError as `View.select` does.
   */
  select(selections: readonly Selection[] | null, isTyping = false, data?: unknown): void {
    this.#view.select(selections, data);
    this.#outbox.selected(isTyping, data !== undefined, this.#now);
  }

  /** The editor made this on the text shown, though it makes the text too large: it is offered. */
  refuse(operation: Operation): void {
    this.#view.refuse("too_large", operation);
  }

  /** The user needs an offer no more. */
  dismiss(id: string): void {
    this.#view.offered.dismiss(id);
  }

  /** Whether all that `writes` returned last is stored. */
  stored(isStored: boolean): void {
    this.#storing.done(isStored);
  }

  /**
   * Speak under another client id: this one belongs to somebody else.
   *
   * What became of what was sent can't be found out any more, so it is offered.
   */
  rename(client: string): void {
    if (this.#outbox.sent) {
      this.#outbox.answered();
      // Without the text, what was typed after it can't be kept alone.
      if (this.hasText) this.#view.reject("client_taken");
      else this.#view.giveUp("client_taken");
    }
    this.#outbox.renamed();
    this.#storing.beginAnew();
    this.#view.client = client;
    this.#view.offers = 0;
  }

  /** It is over.  What can't be sent any more, or is stored nowhere, is offered. */
  end(reason: string, code: number = NORMAL, message = ""): void {
    if (this.ended) return;
    this.#connection.end({ reason, code, message });
    if (HOPELESS.has(reason) || !this.#storing.isSafe) this.#hearing.giveUp(reason);
  }

  // What it is asked.

  /** What to show and to tell, in order, each once. */
  events(): SessionEvent[] {
    return this.#view.events();
  }

  /** What is to be sent now; it counts as sent. */
  outgoing(): ClientMessage[] {
    const { phase, isHelloDue, isOpen } = this.#connection;
    if (phase === "greeting" && isHelloDue) {
      this.#connection.isHelloDue = false;
      return [this.#outbox.hello(this.client, this.#token, this.#name)];
    }
    if (!isOpen) return [];
    return this.#outbox.take(this.#now);
  }

  /** What is to be stored, in order, each once: after `outgoing`, and before what it returned is sent. */
  writes(): Write[] {
    return this.#storing.writes();
  }

  /** Why the connection is to be dropped; then comes `lost`. */
  get leaving(): LeavingReason | null {
    return this.#connection.leaving;
  }

  /** Why it is over. */
  get ended(): End | null {
    return this.#connection.ended;
  }

  /** How far it has come with a connection. */
  get phase(): Phase {
    return this.#connection.phase;
  }

  /** What each offer, by its id, would do to the text shown: nothing, if it is there. */
  offers(): ReadonlyMap<string, Operation> {
    return this.#view.offered.all(this.text);
  }

  /** When to call `at`, and to ask again, if nothing happens until then. */
  get deadline(): number | null {
    return this.#connection.isOpen ? this.#outbox.deadline : this.#connection.deadline;
  }

  /** What to tell a person, who may have offers besides that nobody has looked at. */
  get status(): Status {
    return { ...this.#connection.status(this.isSynchronized, this.facts.isLocked), safe: this.#storing.isSafe };
  }

  /** The id under which the server keeps this client's seqs. */
  get client(): string {
    return this.#view.client;
  }

  /** Whether nothing is unconfirmed. */
  get isSynchronized(): boolean {
    return this.#storing.record === null;
  }

  /** Whether the server has told a text. */
  get hasText(): boolean {
    return this.#replica.hasText;
  }

  /** The text shown: confirmed, then outstanding, then buffer. */
  get text(): string {
    return this.#replica.text;
  }

  /** The length of the text shown, in code points. */
  get length(): number {
    return this.#replica.client.length;
  }

  /** The revision of what is confirmed. */
  get revision(): number {
    return this.#replica.client.revision;
  }
}
