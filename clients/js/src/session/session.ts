/**
 * Session: one shared text, as pages and editor bindings see it.
 *
 * All decisions are the machine's, and what follows from them the host's: after a message at
 * once, after an edit in a microtask.
 *
 * Invariant: a copy of the text that takes in each edit, and each operation of a `changed` event,
 * equals `text`.
 */

import type { ClaimedClient } from "../browser/client-ids.js";
import type { Unsaved } from "../browser/storage.js";
import type { UnsavedTexts } from "../browser/unsaved.js";
import { OTError } from "../engine/errors.js";
import type { Operation } from "../engine/operation.js";
import type { Selection } from "../engine/selection.js";
import { Emitter } from "./emitter.js";
import { NotEditable, Refused, TooLarge } from "./errors.js";
import type { SessionEvent } from "./events.js";
import { Host, type HostOptions } from "./host.js";
import type { Diagnostic, Limits, Participant, Role, SessionInfo } from "./messages.js";
import { SELF, type Presence } from "./presence.js";
import type { SessionEvents } from "./session-events.js";
import { sameStatus, type Status } from "./status.js";
import { Waiters } from "./waiters.js";

export class Session {
  readonly #host: Host;
  readonly #unsaved: UnsavedTexts;
  readonly #events = new Emitter<SessionEvents>();
  readonly #hearNoMore: () => void;
  #told: Status;
  readonly #waiters = new Waiters();

  /** Use `connect`. @param unsaved what this tab offers of the session, whichever of its clients could not save it */
  constructor(options: HostOptions, unsaved: UnsavedTexts) {
    this.#host = new Host(options, (events) => this.#tell(events), () => this.#settled());
    this.#unsaved = unsaved;
    this.#told = this.status;
    this.#hearNoMore = unsaved.onAdded((added) => {
      this.#events.emit("unsaved", added);
      this.#tellStatus();
    });
  }

  /** Begin, as this client. */
  open(client: ClaimedClient): void {
    this.#host.open(client);
  }

  /** The text that the editor shows: what is confirmed, and one's own edits on top of it. */
  get text(): string {
    return this.#host.machine.text;
  }

  /** Its length in code points. */
  get length(): number {
    return this.#host.machine.length;
  }

  /** The revision of the confirmed text; null before there is one. */
  get revision(): number | null {
    return this.#host.machine.hasText ? this.#host.machine.revision : null;
  }

  /** True of this moment, also right after an edit. */
  get status(): Status {
    const { status, phase } = this.#host.machine;
    const refused = this.#unsaved.list.at(-1);
    const safe = status.safe && this.#unsaved.areStored;
    return { ...status, safe, ...(refused && phase === "open" && { state: "refused", reason: refused.reason }) };
  }

  /** Whether `edit` takes anything now: there is a text, one's role allows it, and it is not closed. */
  get editable(): boolean {
    const { ended, hasText, facts } = this.#host.machine;
    return !ended && hasText && facts.mayEdit;
  }

  /** Whether somebody else edits alone for now: what is typed here waits until that is over. */
  get locked(): boolean {
    return this.#host.machine.facts.isLocked;
  }

  /** Its id, title, language and lock, and whether and how often code is run; null before there is a text. */
  get info(): SessionInfo | null {
    return this.#host.machine.facts.session;
  }

  /** What the server takes; null before it has said so. */
  get limits(): Limits | null {
    return this.#host.machine.facts.limits;
  }

  get role(): Role | null {
    return this.#host.machine.facts.role;
  }

  /** One's own participant id, as the server knows it. */
  get participant(): string | null {
    return this.#host.machine.facts.participant;
  }

  /** Everybody who is connected, oneself too, by id. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#host.machine.facts.participants;
  }

  /** What all other connections show in `text`, by participant id; this participant may have some too. */
  get presence(): ReadonlyMap<string, readonly Presence[]> {
    return this.#host.machine.presences.others();
  }

  /** What is wrong with the code in `text`, as far as the server knows, in its order; offsets in code points. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#host.machine.diagnostics.all();
  }

  /** What the server did not take and nobody has dismissed yet. */
  get unsaved(): readonly Unsaved[] {
    return this.#unsaved.list;
  }

  /** Listen to an event. @returns a function that ends it */
  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Take in what was done in the editor.
   *
   * @throws NotEditable see `editable`.
   * @throws TooLarge with it the text would be larger than the server takes: it is offered as unsaved.
   * @throws LengthMismatch it was not made for `text`.
   * @throws InvalidOperation it inserts what the wire does not take: U+0000, `\r`.
   */
  edit(operation: Operation): void {
    if (!this.editable) throw new NotEditable("this session can't be edited now");
    this.#host.tell((machine) => {
      try {
        machine.edit(operation);
      } catch (error) {
        if (error instanceof TooLarge) machine.refuse(operation);
        throw error;
      }
    });
  }

  /**
   * Show the others where one's carets are in `text` (null: where they were), and any JSON beside them (null: none).
   *
   * @throws TooLarge the data has more than 1 KiB; TypeError: it is not JSON.
   */
  select(selections: readonly Selection[] | null, { data }: { readonly data?: unknown } = {}): void {
    const told = this.#host.machine.presences.get(SELF)[0]?.selections ?? [];
    const isTold = !selections || (told.length === selections.length && selections.every((one, i) => told[i]?.equals(one)));
    if (isTold && data === undefined) return;
    this.#host.tell((machine) => machine.select(selections, false, data));
  }

  /**
   * What would put an unsaved text back where it was, as far as it isn't there already.
   *
   * @returns an operation on `text`, for the editor to make; null where its place is not known any more
   */
  offer(id: string): Operation | null {
    return this.#host.machine.offers().get(id) ?? null;
  }

  /** The person has seen this unsaved text and needs it no more. */
  dismiss(id: string): void {
    this.#unsaved.dismiss(id);
    this.#host.machine.dismiss(id);
    this.#tellStatus();
  }

  /**
   * Resolves once the server is there and has all that was typed before the call.
   *
   * It rejects with `Refused` when something typed is taken back instead, and when the session is closed.
   */
  synchronized(): Promise<void> {
    const done = this.#waiters.wait();
    this.#letGo();
    return done;
  }

  /** Leave. What is unsent stays stored for the next tab, or is offered where nothing can be stored. */
  close(): void {
    this.#host.close();
  }

  #settled(): void {
    if (this.#host.machine.ended) this.#hearNoMore();
    this.#tellStatus();
    this.#letGo();
  }

  #tell(events: readonly SessionEvent[]): void {
    const changes = events.filter((event) => event.type === "changed");
    for (const event of events) {
      switch (event.type) {
        case "changed":
          // All at once: after the first the text is already as it is after the last.
          if (event === changes[0]) this.#events.emit("changed", changes);
          break;
        case "unsaved":
          this.#unsaved.add(event, () => this.#host.makeRoom());
          this.#waiters.reject(new Refused(event.reason));
          break;
        case "session":
          if (this.info) this.#events.emit("session", this.info);
          break;
        case "participants":
          this.#events.emit("participants", this.participants);
          break;
        case "presence":
          this.#events.emit("presence", this.presence);
          break;
        case "diagnostics":
          this.#events.emit("diagnostics", this.diagnostics);
          break;
        case "complaint":
          this.#events.emit("complaint", event);
      }
    }
  }

  #tellStatus(): void {
    const { status } = this;
    if (sameStatus(status, this.#told)) return;
    this.#told = status;
    this.#events.emit("status", status);
  }

  /** Let those go who wait, if there is nothing left to wait for. */
  #letGo(): void {
    const { ended, phase, isSynchronized } = this.#host.machine;
    if (ended) this.#waiters.reject(new OTError(`the session is closed: ${ended.reason}`));
    else if (phase === "open" && isSynchronized) this.#waiters.resolve();
  }
}
