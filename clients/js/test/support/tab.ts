/** A tab with one session open, and the server's end of its sockets in the test's hands. */

import { connect, Operation, type Component, type ConnectOptions, type Session } from "../../src/index.js";
import type { ServerMessage, Update, Welcome } from "../../src/session/messages.js";
import { FakeClock, FakeLocks, FakeNetwork, FakeSocket, FakeStorage, turn } from "./browser.js";

export const LIMITS = {
  frame_bytes: 8 * 2 ** 20,
  document_bytes: 2 * 2 ** 20,
  components: 10_000,
  edits_per_second: 30,
  edits_burst: 120,
  presence_per_second: 20,
  ping_seconds: 20,
  run: true,
  run_bytes: 65_536,
  diagnostics: true,
};

const CHAIN = "0".repeat(32);

/** One browser, which outlives its tabs. */
export class Browser {
  readonly clock = new FakeClock();
  readonly storage = new FakeStorage();
  readonly locks = new FakeLocks();
  readonly network = new FakeNetwork();

  async tab(options: Partial<ConnectOptions> = {}): Promise<Tab> {
    const tab = new Tab(this, options);
    await turn();
    return tab;
  }
}

export class Tab {
  readonly session: Session;
  readonly sockets: FakeSocket[] = [];
  readonly #locks;
  /** The simplest editor: a string. */
  shown = "";
  /** Makes room for an editor of the test's own. */
  readonly unbind: () => void;

  constructor(browser: Browser, options: Partial<ConnectOptions>) {
    this.#locks = browser.locks.tab();
    this.session = connect({
      session: "s",
      participant: "me",
      token: "secret",
      server: "http://server",
      storage: browser.storage,
      locks: this.#locks,
      network: browser.network,
      clock: browser.clock,
      random: () => 0.5,
      openSocket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return socket;
      },
      ...options,
    });
    this.unbind = this.session.on("changed", (changes) => {
      for (const { operation } of changes) this.shown = operation.apply(this.shown);
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  say(message: ServerMessage): void {
    this.socket.say(message);
  }

  /** Type at the end, or replace what lies between two indexes. */
  async type(text: string, start = this.session.length, stop = start): Promise<void> {
    const operation = Operation.replace(this.session.length, start, stop, text);
    this.shown = operation.apply(this.shown);
    this.session.edit(operation);
    await turn();
  }

  /** The server opens the socket and welcomes every client that says hello. */
  async welcome(welcome: Partial<Welcome> = {}): Promise<void> {
    this.socket.onopen?.();
    this.say(welcomeOf({ ...(!welcome.changes && { text: "", revision: 0 }), ...welcome }));
    await turn();
  }

  /** The browser kills the tab: nothing of it runs any more. */
  crash(): void {
    this.session.close();
    this.#locks.die();
  }
}

export function welcomeOf(welcome: Partial<Welcome>): Welcome {
  return {
    type: "welcome",
    protocol: 1,
    client: "c",
    connection: "mine",
    participant: "me",
    role: "editor",
    session: { id: "s", title: "T", language: "python", lock: null, run: true, runs: 0 },
    participants: [{ id: "me", name: "Me", color: "#123456", role: "editor", kind: "guest" }],
    limits: LIMITS,
    last_seq: 0,
    epoch: 1,
    chain: CHAIN,
    ...welcome,
  };
}

export function update(from: number, ...changes: (Component[] | number)[]): Update {
  return {
    type: "update",
    from,
    to: from + changes.length,
    chain: CHAIN,
    changes: changes.map((change) => (Array.isArray(change) ? { op: change } : { ack: change })),
  };
}
