/**
 * Socket: the way to the server, over one WebSocket after the other.
 *
 * What is said, and when a connection is good for nothing any more, the machine decides; here are
 * dialling, tokens and the waits between.  At most one WebSocket is in use: whatever another one
 * still says is not heard.
 */

import type { Machine } from "../session/machine.js";
import {
  ABNORMAL,
  NOT_AUTHENTICATED,
  SUBPROTOCOL,
  TOO_FAST,
  type ClientMessage,
  type ServerMessage,
} from "../session/messages.js";
import { Backoff, type Jitter } from "../session/timing.js";
import { Timer, type Clock } from "./clock.js";

/** What is used of a WebSocket. */
export interface Transport {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** What tells that the network is back: `window`, in a browser. */
export type Network = Pick<EventTarget, "addEventListener" | "removeEventListener">;

/** A token, or where to get one; `fresh` asks for another than before. */
export type TokenSource = string | ((fresh: boolean) => string | Promise<string>);

export interface SocketOptions {
  readonly url: string;
  readonly token: TokenSource;
  readonly openSocket: (url: string, protocol: string) => Transport;
  readonly network: Network | null;
  readonly clock: Clock;
  readonly jitter: Jitter;
}

/** Seconds for a token and a connection. */
const DIAL_WITHIN = 10;
/** A connection that was good for so many seconds was no failed attempt. */
const STABLE_AFTER = 5;
/** How many seconds before its end a token is renewed. */
const RENEW_BEFORE = 60;
/** The least seconds between two tokens: the clock here may be ahead of the server's. */
const RENEW_AFTER = 10;
/** Tokens in a row that the server may refuse. */
const TOKENS = 2;

export class Socket {
  readonly #machine: Machine;
  readonly #options: SocketOptions;
  readonly #settle: () => void;
  readonly #backoff: Backoff;
  readonly #retrying: Timer;
  readonly #dialling: Timer;
  readonly #renewal: Timer;
  readonly #alarm: Timer;
  readonly #online = (): void => {
    if (this.#retrying.running) this.#connect();
  };
  #transport: Transport | null = null;
  /** Counts attempts, so that one which was given up is known by its number. */
  #attempt = 0;
  #refusedTokens = 0;
  /** Since when the server takes what is said on this connection. */
  #openSince: number | null = null;

  /** @param settle is called when the machine was told something: it does what the machine asks for */
  constructor(machine: Machine, options: SocketOptions, settle: () => void) {
    const { clock, jitter } = options;
    this.#machine = machine;
    this.#options = options;
    this.#settle = settle;
    this.#backoff = new Backoff(jitter);
    this.#retrying = new Timer(clock, () => this.#connect());
    this.#dialling = new Timer(clock, () => this.lose(ABNORMAL, "no connection"));
    this.#renewal = new Timer(clock, () => void this.#renew());
    this.#alarm = new Timer(clock, settle);
  }

  start(): void {
    this.#options.network?.addEventListener("online", this.#online);
    this.#connect();
  }

  /** Connect no more. */
  stop(): void {
    this.drop();
    this.#options.network?.removeEventListener("online", this.#online);
  }

  /** Seconds of a clock that never goes back. */
  get now(): number {
    return this.#options.clock.now() / 1000;
  }

  /** Settle at that time too, if nothing happens until then. */
  wakeAt(time: number | null): void {
    if (time === null) this.#alarm.stop();
    else this.#alarm.start(time - this.now);
  }

  send(message: ClientMessage): void {
    this.#transport?.send(JSON.stringify(message));
  }

  /** Hear nothing more of this connection. */
  drop(): void {
    const transport = this.#transport;
    this.#transport = null;
    this.#attempt++;
    for (const timer of [this.#retrying, this.#dialling, this.#renewal, this.#alarm]) timer.stop();
    transport?.close();
  }

  /** Tell the machine that this connection is lost; another follows, unless that was the end. */
  lose(code: number = ABNORMAL, reason = ""): void {
    const machine = this.#machine;
    if (this.#openSince !== null && this.now - this.#openSince >= STABLE_AFTER) this.#backoff.reset();
    this.#openSince = null;
    this.drop();
    machine.at(this.now);
    machine.lost(code, reason);
    if (code === NOT_AUTHENTICATED) {
      const most = typeof this.#options.token === "string" ? 0 : TOKENS;
      if (++this.#refusedTokens > most) machine.end("not_authenticated", code, reason);
    }
    if (code === TOO_FAST) this.#backoff.lengthen();
    if (!machine.ended) this.#retrying.start(this.#backoff.next());
    this.#settle();
  }

  #connect(): void {
    this.drop();
    void this.#open(this.#attempt);
  }

  async #open(attempt: number): Promise<void> {
    this.#dialling.start(DIAL_WITHIN);
    try {
      const { token, url, openSocket } = this.#options;
      const given = typeof token === "string" ? token : await token(this.#refusedTokens > 0);
      if (attempt === this.#attempt) this.#listen(openSocket(url, SUBPROTOCOL), given);
    } catch (error) {
      if (attempt === this.#attempt) this.lose(ABNORMAL, String(error));
    }
  }

  #listen(transport: Transport, token: string): void {
    this.#transport = transport;
    const isInUse = (): boolean => transport === this.#transport;
    transport.onopen = () => {
      if (!isInUse()) return;
      this.#dialling.stop();
      this.#machine.at(this.now);
      this.#machine.connected(token);
      this.#settle();
    };
    transport.onmessage = ({ data }) => {
      if (isInUse()) this.#hear(data);
    };
    transport.onclose = ({ code, reason }) => {
      if (isInUse()) this.lose(code, reason);
    };
  }

  #hear(frame: unknown): void {
    this.#machine.at(this.now);
    let message: ServerMessage;
    try {
      message = read(frame);
      this.#machine.hear(message);
    } catch (error) {
      return this.lose(ABNORMAL, `no message: ${String(error)}`);
    }
    if (this.#machine.phase === "open") {
      this.#openSince ??= this.now;
      this.#refusedTokens = 0;
    }
    if (message.type === "session" && message.expires !== undefined) this.#renewBefore(message.expires);
    this.#settle();
  }

  /** The token in use ends at `time` (RFC 3339): get another in time, where there is one to be had. */
  #renewBefore(time: string): void {
    if (typeof this.#options.token === "string") return;
    const left = (Date.parse(time) - this.#options.clock.date()) / 1000;
    this.#renewal.start(Math.max(left - RENEW_BEFORE, RENEW_AFTER));
  }

  /** If there is none to be had now, the server will say so when the old one has ended. */
  async #renew(): Promise<void> {
    const { token } = this.#options;
    const attempt = this.#attempt;
    if (typeof token === "string") return;
    const fresh = await Promise.resolve(token(true)).catch(() => null);
    if (fresh !== null && attempt === this.#attempt) this.send({ type: "auth", token: fresh });
  }
}

/** @throws Error it is no message; a field that is missing is found out by the machine. */
function read(frame: unknown): ServerMessage {
  const said = JSON.parse(String(frame)) as ServerMessage | null;
  if (typeof said?.type !== "string") throw new TypeError("it has no type");
  return said;
}
