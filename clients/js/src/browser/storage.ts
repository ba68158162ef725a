/**
 * What survives a closed tab: clients with unsent edits, and text that the server did not take.
 *
 * A stored client is a record of one key, written before its edit is sent and removed
 * when it is answered.  Who may use which record is decided in client-ids.ts.
 */

import type { Component } from "../engine/components.js";
import { Operation } from "../engine/operation.js";
import type { Edit } from "../session/messages.js";

/** The part of `Storage` (localStorage) that is used. */
export type KeyValueStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** What was sent, to the letter: a resend repeats it. */
export type Sent = Pick<Edit, "seq" | "revision" | "op">;

/** One client's unconfirmed work, and the place in the log that it stands on. */
export interface StoredClient {
  readonly epoch: number;
  readonly revision: number;
  readonly chain: string;
  /** The last seq that was used. */
  readonly seq: number;
  /** What is on its way, as it was sent; null if `outstanding` has not been sent yet. */
  readonly sent: Sent | null;
  /** How often this client had given up what it had typed: that counts its unsaved texts. */
  readonly offers: number;
  readonly outstanding: Operation;
  readonly buffer: Operation | null;
}

/** Typing that the server did not take. */
export interface Unsaved {
  readonly id: string;
  /** A code of `reject`, the reason of a reset, or why the session was closed. */
  readonly reason: string;
  /** What was typed; places that lie apart are on lines of their own. */
  readonly text: string;
}

/** A session of which edits are kept here, and whose they are. */
export interface KeptEdits {
  readonly session: string;
  readonly participant: string;
}

const CLIENTS = "ot-collab/clients";
const UNSAVED = "ot-collab/unsaved";

/** The stored clients and the unsaved texts of one participant in one session. */
export class SessionStorage {
  readonly #storage: KeyValueStorage;
  readonly #scope: string;

  constructor(storage: KeyValueStorage, session: string, participant: string) {
    this.#storage = storage;
    this.#scope = `${encodeURIComponent(session)}/${encodeURIComponent(participant)}`;
  }

  /** The ids of the clients that have something stored. */
  clients(): string[] {
    return namesUnder(this.#storage, `${CLIENTS}/${this.#scope}/`);
  }

  /** What is stored of a client; null if that is nothing, or nothing that can be read. */
  read(client: string): StoredClient | null {
    const record = this.#get(this.#clientKey(client)) as WireStoredClient | null;
    if (record === null) return null;
    try {
      return {
        ...record,
        outstanding: Operation.fromWire(record.outstanding),
        buffer: record.buffer && Operation.fromWire(record.buffer),
      };
    } catch {
      return null;
    }
  }

  /** @returns false if the storage takes nothing more; what was stored before is then gone, not stale */
  write(client: string, stored: StoredClient): boolean {
    const { outstanding, buffer } = stored;
    const record: WireStoredClient = {
      ...stored,
      outstanding: outstanding.toWire(),
      buffer: buffer && buffer.toWire(),
    };
    const kept = this.#set(this.#clientKey(client), record);
    if (!kept) this.remove(client);
    return kept;
  }

  remove(client: string): void {
    this.#storage.removeItem(this.#clientKey(client));
  }

  unsaved(): Unsaved[] {
    const prefix = `${UNSAVED}/${this.#scope}/`;
    return namesUnder(this.#storage, prefix)
      .map((id) => this.#get(prefix + id) as Unsaved | null)
      .filter((unsaved) => unsaved !== null);
  }

  /** @returns false if the storage takes nothing more; what was stored before under this id stays */
  keep(unsaved: Unsaved): boolean {
    return this.#set(`${UNSAVED}/${this.#scope}/${unsaved.id}`, unsaved);
  }

  dismiss(id: string): void {
    this.#storage.removeItem(`${UNSAVED}/${this.#scope}/${id}`);
  }

  #clientKey(client: string): string {
    return `${CLIENTS}/${this.#scope}/${client}`;
  }

  #get(key: string): unknown {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  #set(key: string, value: unknown): boolean {
    try {
      this.#storage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }
}

interface WireStoredClient extends Omit<StoredClient, "outstanding" | "buffer"> {
  outstanding: Component[];
  buffer: Component[] | null;
}

/** The sessions of which this browser holds edits that no server has confirmed. */
export function unsentSessions(storage: KeyValueStorage): KeptEdits[] {
  return sessionsUnder(storage, `${CLIENTS}/`);
}

/** The sessions of which this browser offers text that the server did not take. */
export function unsavedSessions(storage: KeyValueStorage): KeptEdits[] {
  return sessionsUnder(storage, `${UNSAVED}/`);
}

function sessionsUnder(storage: KeyValueStorage, prefix: string): KeptEdits[] {
  const scopes = new Set(namesUnder(storage, prefix).map((name) => name.slice(0, name.lastIndexOf("/"))));
  return [...scopes].map((scope) => {
    const [session = "", participant = ""] = scope.split("/").map(decodeURIComponent);
    return { session, participant };
  });
}

function namesUnder(storage: KeyValueStorage, prefix: string): string[] {
  return Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .sort();
}
