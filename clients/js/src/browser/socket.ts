/**
 * Link: a WebSocket that comes back.
 *
 * It knows tokens, pings, close codes and waits; of messages it reads only whether one came.
 * At most one socket is in use: whatever another one still says is not heard.
 */

import { Backoff } from "../backoff.js";
import {
  ABNORMAL,
  FINAL,
  NOT_AUTHENTICATED,
  SUBPROTOCOL,
  TOO_FAST,
  type ClientMessage,
  type ServerMessage,
} from "../session/messages.js";
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

export interface LinkOptions {
  url: string;
  token: TokenSource;
  openSocket: (url: string, protocol: string) => Transport;
  network: Network | null;
  clock: Clock;
  random: () => number;
}

export interface LinkListener {
  /** A socket is open; this is to be its first message. */
  hello(token: string): ClientMessage;
  message(message: ServerMessage): void;
  /** The socket is gone; another one will follow. */
  lost(reason: string): void;
  /** The socket is gone, and no other will follow. */
  closed(reason: string): void;
}

/** How long a socket may take to open and to be welcomed, in milliseconds. */
const WELCOME_WITHIN = 10_000;
/** A socket that lived this long, in milliseconds, was no failed attempt. */
const STABLE_AFTER = 5_000;
/** How long before its end a token is renewed, in milliseconds. */
const RENEW_BEFORE = 60_000;
/** The least time between two tokens, in milliseconds: the clock here may be ahead of the server's. */
const RENEW_AFTER = 10_000;
/** The longest that a browser's timer can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Tokens in a row that the server may refuse. */
const TOKENS = 2;

export class Link {
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  readonly #backoff: Backoff;
  readonly #retry: Timer;
  readonly #patience: Timer;
  readonly #ping: Timer;
  readonly #renewal: Timer;
  readonly #online = (): void => {
    if (this.#retry.running) this.#connect();
  };
  #socket: Transport | null = null;
  /** Counts attempts, so that one which was given up is known by its number. */
  #attempt = 0;
  #refusedTokens = 0;
  #welcomedAt: number | null = null;
  #pingMilliseconds = 0;
  #unansweredPings = 0;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#backoff = new Backoff(options.random);
    this.#retry = new Timer(options.clock, () => this.#connect());
    this.#patience = new Timer(options.clock, () => this.#ended(ABNORMAL, "no welcome"));
    this.#ping = new Timer(options.clock, () => this.#sendPing());
    this.#renewal = new Timer(options.clock, () => void this.#renew());
  }

  start(): void {
    this.#options.network?.addEventListener("online", this.#online);
    this.#connect();
  }

  send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** The server has welcomed this socket: it is good. */
  welcomed(pingSeconds: number): void {
    this.#patience.stop();
    this.#refusedTokens = 0;
    this.#welcomedAt = this.#options.clock.now();
    this.#pingMilliseconds = 1000 * pingSeconds;
    this.#ping.start(this.#pingMilliseconds);
  }

  /** Give this socket up and take another, after the usual wait. */
  restart(reason: string): void {
    this.#ended(ABNORMAL, reason);
  }

  /** Give this socket up and take no other. */
  stop(): void {
    this.#drop();
    this.#options.network?.removeEventListener("online", this.#online);
  }

  /** The token in use ends at `time` (RFC 3339): get another in time, where there is one to be had. */
  tokenExpires(time: string): void {
    if (typeof this.#options.token === "string") return;
    const left = Date.parse(time) - this.#options.clock.date();
    this.#renewal.start(Math.min(Math.max(left - RENEW_BEFORE, RENEW_AFTER), LONGEST_TIMER));
  }

  #connect(): void {
    this.#drop();
    void this.#open(this.#attempt);
  }

  async #open(attempt: number): Promise<void> {
    this.#patience.start(WELCOME_WITHIN);
    try {
      const { token, url, openSocket } = this.#options;
      const given = typeof token === "string" ? token : await token(this.#refusedTokens > 0);
      if (attempt === this.#attempt) this.#listen(openSocket(url, SUBPROTOCOL), given);
    } catch (error) {
      if (attempt === this.#attempt) this.#ended(ABNORMAL, String(error));
    }
  }

  #listen(socket: Transport, token: string): void {
    this.#socket = socket;
    socket.onopen = () => {
      if (socket === this.#socket) this.send(this.#listener.hello(token));
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket || typeof data !== "string") return;
      this.#unansweredPings = 0;
      const message = parse(data);
      if (message) this.#listener.message(message);
      else this.restart("a frame that is no JSON");
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#ended(code, reason);
    };
  }

  #ended(code: number, reason: string): void {
    const { clock, token } = this.#options;
    if (this.#welcomedAt !== null && clock.now() - this.#welcomedAt >= STABLE_AFTER) this.#backoff.reset();
    this.#drop();
    if (code === NOT_AUTHENTICATED) this.#refusedTokens++;
    const final =
      FINAL.get(code) ??
      (this.#refusedTokens > (typeof token === "string" ? 0 : TOKENS) ? "not_authenticated" : null);
    if (final) {
      this.stop();
      this.#listener.closed(final);
      return;
    }
    this.#retry.start(code === TOO_FAST ? this.#backoff.longest() : this.#backoff.next());
    this.#listener.lost(reason || `closed with code ${code}`);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#attempt++;
    this.#welcomedAt = null;
    this.#unansweredPings = 0;
    for (const timer of [this.#retry, this.#patience, this.#ping, this.#renewal]) timer.stop();
    socket?.close();
  }

  /** If there is none to be had now, the server will say so when the old one has ended. */
  async #renew(): Promise<void> {
    const { token } = this.#options;
    const attempt = this.#attempt;
    if (typeof token === "string") return;
    const fresh = await Promise.resolve(token(true)).catch(() => null);
    if (fresh !== null && attempt === this.#attempt) this.send({ type: "auth", token: fresh });
  }

  /** A browser shows no WebSocket pings: what is not answered twice is gone. */
  #sendPing(): void {
    if (this.#unansweredPings >= 2) {
      this.#ended(ABNORMAL, "no answer to pings");
      return;
    }
    this.#unansweredPings++;
    this.send({ type: "ping" });
    this.#ping.start(this.#pingMilliseconds);
  }
}

function parse(frame: string): ServerMessage | null {
  try {
    return JSON.parse(frame) as ServerMessage;
  } catch {
    return null;
  }
}
