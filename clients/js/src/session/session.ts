/**
 * Session: one shared text, as pages and editor bindings see it.
 *
 * It knows no editor and no DOM; what it needs of the browser comes with its settings.
 *
 * Invariant: the editor shows `text`.  A binding passes every change made
 * there to `edit`, and applies every operation of a `changed` event to it.
 */

import type { Presence } from "../carets.js";
import type { ClaimedClient, ClientIds } from "../browser/client-ids.js";
import { Dialogue } from "../dialogue.js";
import { OTError } from "../engine/errors.js";
import type { SessionEvents } from "../events.js";
import type { Diagnostic, Limits, Participant, Role, SessionInfo } from "./messages.js";
import type { Operation } from "../engine/operation.js";
import type { Settings } from "../browser/options.js";
import type { Selection } from "../engine/selection.js";
import type { Status } from "../status.js";
import type { Unsaved } from "../browser/storage.js";
import type { UnsavedTexts } from "../browser/unsaved.js";

export class Session {
  readonly #dialogue: Dialogue;

  /** Use `connect`. @param unsaved what all tabs of this browser keep of one session */
  constructor(settings: Settings, clientIds: ClientIds, unsaved: UnsavedTexts) {
    this.#dialogue = new Dialogue(settings, clientIds, unsaved);
  }

  /** Begin, as this client. */
  open(claimed: ClaimedClient): void {
    this.#dialogue.open(claimed);
  }

  /** The text that the editor shows: what is confirmed, and one's own edits on top of it. */
  get text(): string {
    return this.#dialogue.exchange.text;
  }

  /** Its length in code points. */
  get length(): number {
    return this.#dialogue.exchange.client?.length ?? 0;
  }

  /** The revision of the confirmed text; null before there is one. */
  get revision(): number | null {
    return this.#dialogue.exchange.client?.revision ?? null;
  }

  get status(): Status {
    return this.#dialogue.status;
  }

  /** Whether `edit` takes anything now: there is a text, one's role allows it, and it is not closed. */
  get editable(): boolean {
    return this.#dialogue.editable;
  }

  /** Whether somebody else edits alone for now: what is typed here waits until that is over. */
  get locked(): boolean {
    return this.#dialogue.roster.lockedByOther;
  }

  /** Its id, title, language and lock, and whether and how often code is run; null before there is a text. */
  get info(): SessionInfo | null {
    return this.#dialogue.roster.session;
  }

  /** What the server takes; null before it has said so. */
  get limits(): Limits | null {
    return this.#dialogue.roster.limits;
  }

  get role(): Role | null {
    return this.#dialogue.roster.role;
  }

  /** One's own participant id, as the server knows it. */
  get participant(): string | null {
    return this.#dialogue.roster.self;
  }

  /** Everybody who is connected, oneself too, by id. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#dialogue.roster.participants;
  }

  /** The others' carets in `text`, by participant id. */
  get presence(): ReadonlyMap<string, Presence> {
    return this.#dialogue.carets.byParticipant;
  }

  /** What is wrong with the code in `text`, as far as the server knows, in its order; offsets in code points. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#dialogue.diagnostics.all;
  }

  /** What the server did not take and nobody has dismissed yet. */
  get unsaved(): readonly Unsaved[] {
    return this.#dialogue.unsaved.list;
  }

  /** Listen to an event. @returns a function that ends it */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void {
    return this.#dialogue.events.on(name, listener);
  }

  /**
   * Take in what was done in the editor.
   *
   * @throws NotEditable see `editable`.
   * @throws LengthMismatch it was not made for `text`.
   * @throws InvalidOperation it inserts what the wire does not take: U+0000, `\r`.
   */
  edit(operation: Operation): void {
    this.#dialogue.edit(operation);
  }

  /** Tell the others where one's carets are, in code points of `text`. */
  select(selections: readonly Selection[]): void {
    this.#dialogue.whereabouts.select(selections);
    this.#dialogue.soon();
  }

  /** The person has seen this unsaved text and needs it no more. */
  dismiss(id: string): void {
    this.#dialogue.unsaved.dismiss(id);
    this.#dialogue.updateStatus();
  }

  /** Resolves once the server is there and has everything; rejects when it is closed before. */
  synchronized(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { state, reason, synchronized } = this.status;
        if (state === "closed") reject(new OTError(`the session is closed: ${reason}`));
        else if (synchronized && state !== "connecting" && state !== "offline") resolve();
        else return;
        stop();
      };
      const stop = this.on("status", look);
      look();
    });
  }

  /** Leave. What is unsent stays stored for the next tab. */
  close(): void {
    this.#dialogue.close();
  }
}
