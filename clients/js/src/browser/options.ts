/** What a session is told by the page, and what it takes from the browser unless told otherwise. */

import type { Locks } from "./client-ids.js";
import type { Network, SocketOptions, TokenSource, Transport } from "./socket.js";
import { SessionStorage, type KeyValueStorage } from "./storage.js";
import { systemClock, type Clock } from "./clock.js";

export interface ConnectOptions {
  /** The session's id. */
  session: string;
  /** One's own participant id, as told on joining: what is unsent is kept for this participant. */
  participant: string;
  /** The access token, or a function that gives one; only a function can give a fresh one later. */
  token: TokenSource;
  /** A guest's name. */
  name?: string;
  /** The server's address, `https://…`; by default where the page came from. */
  server?: string;
  /** Where unsent edits survive; by default localStorage. Null: nowhere. */
  storage?: KeyValueStorage | null;
  /** By default navigator.locks. Null: none, and then no unsent edits are stored. */
  locks?: Locks | null;
  openSocket?: SocketOptions["openSocket"];
  /** What says "online"; by default the window. */
  network?: Network | null;
  clock?: Clock;
  /** Numbers in [0, 1). */
  random?: () => number;
}

/** The same, with nothing left open. */
export interface Settings extends SocketOptions {
  readonly name: string | null;
  /** Where this session's unsent edits are kept. */
  readonly archive: SessionStorage | null;
  readonly locks: Locks | null;
}

export function settle(options: ConnectOptions): Settings {
  const { session, participant, token, name = null, server = location.origin } = options;
  const { storage = browserStorage(), locks = browserLocks(), network = browserNetwork() } = options;
  const { clock = systemClock, random = Math.random, openSocket = openWebSocket } = options;
  const url = `${server.replace(/^http/, "ws").replace(/\/$/, "")}/ws/${encodeURIComponent(session)}`;
  const archive = storage && new SessionStorage(storage, session, participant);
  const jitter = (least: number, most: number): number => least + random() * (most - least);
  return { token, name, url, archive, locks, network, clock, jitter, openSocket };
}

/** localStorage, where a page may use it. */
export function browserStorage(): KeyValueStorage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** Web Locks: only on pages that came over HTTPS or from this machine. */
function browserLocks(): Locks | null {
  return (globalThis.navigator as Navigator | undefined)?.locks ?? null;
}

function browserNetwork(): Network | null {
  return typeof window === "undefined" ? null : window;
}

function openWebSocket(url: string, protocol: string): Transport {
  return new WebSocket(url, protocol) as Transport;
}
