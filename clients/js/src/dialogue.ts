/**
 * Dialogue: what is said between this tab and the server, and what follows from it.
 *
 * Every message goes to the part that understands it: the text to the exchange, people to
 * roster and carets.  Whatever happened, `settle` then says what there is to say, to the
 * server and to the page.  Session is the door to it.
 */

import { Carets } from "./carets.js";
import type { ClaimedClient, ClientIds } from "./browser/client-ids.js";
import { Emitter } from "./session/emitter.js";
import { OTError } from "./engine/errors.js";
import { NotEditable } from "./session/errors.js";
import type { Changed, SessionEvents } from "./events.js";
import { Exchange } from "./exchange.js";
import { Link } from "./browser/socket.js";
import {
  PROTOCOL,
  type Hello,
  type ServerError,
  type ServerMessage,
  type SessionChanged,
  type Welcome,
} from "./session/messages.js";
import { Operation } from "./engine/operation.js";
import type { Settings } from "./browser/options.js";
import { Diagnostics } from "./diagnostics.js";
import { Roster } from "./roster.js";
import { sameStatus, statusOf, type Status } from "./status.js";
import type { UnsavedTexts } from "./browser/unsaved.js";
import { Verifier } from "./verifier.js";
import { Whereabouts } from "./whereabouts.js";

/** After these nothing that is stored could ever be sent: it is offered as text instead. */
const HOPELESS: ReadonlySet<string> = new Set(["too_big", "malformed", "forbidden", "no_such_session"]);

export class Dialogue {
  readonly events = new Emitter<SessionEvents>();
  readonly roster = new Roster();
  readonly carets = new Carets();
  readonly diagnostics = new Diagnostics();
  readonly unsaved: UnsavedTexts;
  readonly exchange: Exchange;
  readonly whereabouts: Whereabouts;
  readonly #settings: Settings;
  readonly #clientIds: ClientIds;
  readonly #link: Link;
  readonly #verifier: Verifier;
  readonly #hearNoMore: () => void;
  #welcomed = false;
  #lost: string | null = null;
  #closed: string | null = null;
  #flushing = false;
  #status: Status = { state: "connecting", reason: null, synchronized: false };

  constructor(settings: Settings, clientIds: ClientIds, unsaved: UnsavedTexts) {
    const { clock, random } = settings;
    this.#settings = settings;
    this.#clientIds = clientIds;
    this.unsaved = unsaved;
    this.#hearNoMore = unsaved.onAdded((added) => {
      this.events.emit("unsaved", added);
      this.updateStatus();
    });
    this.#link = new Link(settings, {
      hello: (token) => this.#hello(token),
      message: (message) => this.#message(message),
      lost: (reason) => this.#onLost(reason),
      closed: (reason) => this.#onClosed(reason),
    });
    this.exchange = new Exchange({
      clock,
      random,
      unsaved,
      send: (edit) => this.#link.send(edit),
      ping: () => this.#link.send({ type: "ping" }),
      silent: () => this.#link.restart("silence"),
      show: (changes) => this.#show(changes),
      carets: () => this.whereabouts.along(),
      due: () => this.#settle(),
    });
    this.whereabouts = new Whereabouts(clock, () => this.#settle());
    this.#verifier = new Verifier(clock, () => this.#verify());
  }

  get status(): Status {
    return this.#status;
  }

  get editable(): boolean {
    return !this.#closed && this.exchange.client !== null && this.roster.mayEdit;
  }

  open(claimed: ClaimedClient): void {
    this.exchange.claim(claimed);
    if (this.#closed) claimed.release();
    else this.#link.start();
  }

  edit(operation: Operation): void {
    if (!this.editable) throw new NotEditable("this session can't be edited now");
    if (operation.isNoop) return;
    this.exchange.edit(Operation.fromWire(operation.toWire()));
    this.carets.transform(operation);
    this.diagnostics.transform(operation);
    this.whereabouts.transform(operation);
    this.whereabouts.typed();
    this.soon();
  }

  close(): void {
    if (this.#closed) return;
    this.exchange.save();
    this.#link.stop();
    this.#onClosed("left");
  }

  /** Settle once the editor has finished with what it is doing: it can't be changed in the middle of it. */
  soon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      if (this.#closed) return;
      this.exchange.save();
      this.#verifier.changed();
      this.#settle();
    });
  }

  #hello(token: string): Hello {
    const { name } = this.#settings;
    const client = this.exchange.claimed?.id ?? "";
    return { type: "hello", protocol: PROTOCOL, token, client, ...(name && { name }), ...this.exchange.hello() };
  }

  #message(message: ServerMessage): void {
    this.exchange.heard();
    try {
      this.#dispatch(message);
    } catch (error) {
      if (!(error instanceof OTError)) throw error;
      this.events.emit("complaint", { code: error.code, message: error.message });
      this.exchange.diverge();
      this.#link.restart("diverged");
    }
  }

  /** @throws OTError what was said does not fit what is known here */
  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#onWelcome(message);
      case "update":
        this.exchange.update(message);
        this.#verifier.changed();
        return this.#settle();
      case "reject":
        if (this.exchange.reject(message)) this.events.emit("complaint", message);
        return this.#settle();
      case "reset":
        this.exchange.reset(message);
        return this.#settle();
      case "presence":
        if (this.exchange.client) this.carets.receive(message.who, this.exchange.client, this.roster.self);
        return this.events.emit("presence", this.carets.byParticipant);
      case "participants":
        this.roster.moved(message);
        return this.#announceParticipants();
      case "session":
        return this.#onSession(message);
      case "diagnostics":
        if (this.exchange.client) this.diagnostics.receive(message.items, this.exchange.client);
        return this.events.emit("diagnostics", this.diagnostics.all);
      case "error":
        return this.#onError(message);
      case "pong":
        return;
    }
  }

  #onWelcome(welcome: Welcome): void {
    this.roster.welcomed(welcome);
    this.exchange.welcome(welcome);
    this.#link.welcomed(welcome.limits.ping_seconds);
    this.whereabouts.welcomed(welcome.limits.presence_per_second);
    this.#welcomed = true;
    this.#lost = null;
    this.events.emit("session", welcome.session);
    this.#announceParticipants();
    this.#settle();
  }

  #announceParticipants(): void {
    this.carets.keep(this.roster.participants);
    this.events.emit("participants", this.roster.participants);
    this.events.emit("presence", this.carets.byParticipant);
  }

  #onSession(changed: SessionChanged): void {
    this.roster.changed(changed);
    if (changed.expires !== undefined) this.#link.tokenExpires(changed.expires);
    if (this.roster.session) this.events.emit("session", this.roster.session);
    this.#settle();
  }

  #onError(error: ServerError): void {
    this.events.emit("complaint", error);
    if (error.code === "unavailable" && error.seq !== undefined) this.exchange.unavailable(error.seq);
    else if (error.code === "client_taken") void this.#rename();
  }

  /** Come back under another client id. */
  async #rename(): Promise<void> {
    this.#link.restart("client_taken");
    const claimed = await this.#clientIds.fresh();
    if (this.#closed) claimed.release();
    else this.exchange.rename(claimed);
  }

  #onLost(reason: string): void {
    this.#welcomed = false;
    this.#lost = reason;
    this.exchange.pause();
    this.updateStatus();
  }

  #onClosed(reason: string): void {
    this.#closed = reason;
    this.#welcomed = false;
    this.exchange.pause();
    this.whereabouts.stop();
    this.#verifier.stop();
    if (HOPELESS.has(reason)) this.exchange.giveUp(reason);
    this.#hearNoMore();
    this.exchange.claimed?.release();
    this.updateStatus();
  }

  #show(changes: readonly Changed[]): void {
    for (const { operation } of changes) {
      this.carets.transform(operation);
      this.diagnostics.transform(operation);
      this.whereabouts.transform(operation);
    }
    this.events.emit("changed", changes);
  }

  /** Say what there is to say now: to the server, and to the page. */
  #settle(): void {
    const { limits, lockedByOther } = this.roster;
    if (this.#welcomed && limits) {
      const tooLarge = lockedByOther ? null : this.exchange.pump(limits);
      if (tooLarge !== null) this.events.emit("complaint", { code: "too_large", message: tooLarge });
      this.#tell();
    }
    this.updateStatus();
  }

  #tell(): void {
    const client = this.exchange.client;
    if (client?.state.name !== "Synchronized" || !this.whereabouts.ready()) return;
    this.#link.send(this.whereabouts.message(client.revision));
  }

  #verify(): void {
    const client = this.exchange.client;
    const question = this.#welcomed && client ? this.#verifier.question(client) : null;
    if (question) this.#link.send(question);
  }

  updateStatus(): void {
    const status = statusOf({
      closed: this.#closed,
      lost: this.#lost,
      welcomed: this.#welcomed,
      opened: this.exchange.client !== null,
      refused: this.unsaved.list.at(-1)?.reason ?? null,
      synchronized: this.exchange.client?.state.name === "Synchronized",
      locked: this.roster.lockedByOther,
    });
    if (sameStatus(status, this.#status)) return;
    this.#status = status;
    this.events.emit("status", status);
  }
}
