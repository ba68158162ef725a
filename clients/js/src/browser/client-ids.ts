/**
 * ClientIds: which tab may use which client id.
 *
 * A client id and what is stored under it belong to one tab at a time, by a Web Lock that
 * is held for as long as the tab lives: a duplicated tab gets an id of its own, and a
 * closed one leaves its id to the next one.  Where there is no storage or there are
 * no locks every tab takes a fresh id and stores nothing under it.
 */

import type { ClientRecord, Write } from "../session/record.js";
import type { SessionStorage } from "./storage.js";

/** The part of `LockManager` (navigator.locks) that is used. */
export interface Locks {
  request(
    name: string,
    options: { ifAvailable: true } | { signal: AbortSignal },
    hold: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** A client id that is this tab's alone, and what is stored under it. */
export class ClaimedClient {
  readonly id: string;
  /** What a tab that is closed had stored. */
  readonly record: ClientRecord | null;
  readonly #storage: SessionStorage | null;
  readonly #release: () => void;

  constructor(id: string, storage: SessionStorage | null, release: () => void) {
    this.id = id;
    this.record = storage?.record(id) ?? null;
    this.#storage = storage;
    this.#release = release;
  }

  /** @returns whether it is done: never, where nothing can be stored */
  perform(write: Write): boolean {
    return this.#storage?.perform(this.id, write) ?? false;
  }

  /** Leave the id, and what is stored under it, to the next tab. */
  release(): void {
    this.#release();
  }
}

export class ClientIds {
  readonly #storage: SessionStorage | null;
  readonly #locks: Locks | null;
  /** What this tab has held is its own business. */
  readonly #held = new Set<string>();

  constructor(storage: SessionStorage | null, locks: Locks | null) {
    this.#storage = locks && storage;
    this.#locks = locks;
  }

  /** A client id for this tab: one that a closed tab left with something stored, or a fresh one. */
  async first(): Promise<ClaimedClient> {
    for (const id of this.others()) {
      const claimed = await this.#claimStored(id, { ifAvailable: true });
      if (claimed) return claimed;
    }
    return this.fresh();
  }

  /** A client id that nobody has used. */
  async fresh(): Promise<ClaimedClient> {
    const id = uuid();
    return (await this.#claim(id, { ifAvailable: true })) ?? new ClaimedClient(id, null, () => undefined);
  }

  /** The clients that have something stored and that this tab never held. */
  others(): string[] {
    return this.#storage?.clients().filter((id) => !this.#held.has(id)) ?? [];
  }

  /**
   * Claim such a client as soon as no other tab holds it.
   *
   * @returns null if nothing is stored by then, or the wait was aborted
   */
  async left(id: string, signal: AbortSignal): Promise<ClaimedClient | null> {
    return this.#claimStored(id, { signal });
  }

  async #claimStored(id: string, options: Parameters<Locks["request"]>[1]): Promise<ClaimedClient | null> {
    const claimed = await this.#claim(id, options);
    // It is read under the lock: who held it before may have emptied it.
    if (claimed?.record) return claimed;
    claimed?.release();
    return null;
  }

  /** @returns null if it can't be had, or if there are no locks */
  #claim(id: string, options: Parameters<Locks["request"]>[1]): Promise<ClaimedClient | null> {
    const locks = this.#locks;
    const storage = this.#storage;
    return new Promise((resolve) => {
      if (!locks || !storage) {
        resolve(null);
        return;
      }
      const hold = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) {
          resolve(null);
          return undefined;
        }
        this.#held.add(id);
        return new Promise((release) => resolve(new ClaimedClient(id, storage, release)));
      };
      locks.request(`ot-collab/${id}`, options, hold).catch(() => resolve(null));
    });
  }
}

/** A random UUID; `crypto.randomUUID` is missing on pages that did not come over HTTPS. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
