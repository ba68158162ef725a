/** A browser that tests drive: its clock, storage, locks, network and sockets. */

import type { Clock, Locks, Network, Transport } from "../../src/index.js";
import type { KeyValueStorage } from "../../src/index.js";
import type { ClientMessage, ServerMessage } from "../../src/session/messages.js";

/** Let everything happen that waits for nothing but its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FakeClock implements Clock {
  #now = 0;
  #timers = new Map<symbol, { at: number; action: () => void }>();

  now = (): number => this.#now;
  date = (): number => this.#now;

  setTimeout(action: () => void, milliseconds: number): symbol {
    const handle = Symbol("timer");
    this.#timers.set(handle, { at: this.#now + milliseconds, action });
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as symbol);
  }

  /** Let so many milliseconds pass, with all that is due in them, in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await turn();
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      const [handle, { at, action }] = next;
      this.#timers.delete(handle);
      this.#now = Math.max(this.#now, at);
      action();
    }
    this.#now = end;
    await turn();
  }
}

export class FakeStorage implements KeyValueStorage {
  readonly #items = new Map<string, string>();
  /** How much fits, keys and all, in UTF-16 code units. */
  quota = Infinity;

  get length(): number {
    return this.#items.size;
  }

  key = (index: number): string | null => [...this.#items.keys()][index] ?? null;
  getItem = (key: string): string | null => this.#items.get(key) ?? null;
  removeItem = (key: string): void => void this.#items.delete(key);

  clear = (): void => this.#items.clear();
  [Symbol.iterator] = (): Iterator<[string, string]> => new Map(this.#items).entries();

  setItem(key: string, value: string): void {
    const others = [...this.#items].filter(([other]) => other !== key);
    const used = [...others, [key, value]].flat().join("").length;
    if (used > this.quota) throw new DOMException("full", "QuotaExceededError");
    this.#items.set(key, value);
  }
}

/** The locks of one browser; each tab has a view of its own, which dies with it. */
export class FakeLocks {
  readonly #holders = new Map<string, object>();
  readonly #queues = new Map<string, (() => void)[]>();

  tab(): Locks & { die(): void } {
    const tab = {};
    return {
      request: async (name, options, hold) => {
        if (this.#holders.has(name)) {
          if ("ifAvailable" in options) return hold(null);
          await new Promise<void>((granted, reject) => {
            this.#queues.set(name, [...(this.#queues.get(name) ?? []), granted]);
            options.signal.addEventListener("abort", () => reject(options.signal.reason as Error));
          });
        }
        this.#holders.set(name, tab);
        await hold({ name });
        if (this.#holders.get(name) === tab) this.#free(name);
        return undefined;
      },
      die: () => {
        for (const [name, holder] of this.#holders) if (holder === tab) this.#free(name);
      },
    };
  }

  #free(name: string): void {
    this.#holders.delete(name);
    this.#queues.get(name)?.shift()?.();
  }
}

export class FakeSocket implements Transport {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: ClientMessage[] = [];
  /** What the server does with what it hears; by default nothing. */
  hear: (message: ClientMessage) => void = () => undefined;
  closed = false;

  constructor(readonly url: string) {}

  send(data: string): void {
    const message = JSON.parse(data) as ClientMessage;
    this.sent.push(message);
    this.hear(message);
  }

  close(): void {
    this.closed = true;
  }

  /** The server speaks. */
  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The connection ends. */
  end(code: number): void {
    this.onclose?.({ code, reason: "" });
  }

  /** What was sent of one type. */
  of<Type extends ClientMessage["type"]>(type: Type): Extract<ClientMessage, { type: Type }>[] {
    return this.sent.filter((message) => message.type === type) as Extract<ClientMessage, { type: Type }>[];
  }
}

export class FakeNetwork extends EventTarget implements Network {
  online(): void {
    this.dispatchEvent(new Event("online"));
  }
}
