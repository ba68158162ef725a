/**
 * What survives a closed tab: clients with unsent edits, and text that the server did not take.
 *
 * A client's record is one key, written before its edit is sent and removed when it is answered.
 * Who may use which record is decided in client-ids.ts.
 */

import type { Unsaved as Offer } from "../session/events.js";
import { fromJson, toJson, type ClientRecord, type WireRecord, type Write } from "../session/record.js";

/** The part of `Storage` (localStorage) that is used. */
export type KeyValueStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** Typing that the server did not take, as it is kept until somebody dismisses it. */
export type Unsaved = Pick<Offer, "id" | "reason" | "text">;

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
  record(client: string): ClientRecord | null {
    const stored = this.#get(this.#clientKey(client)) as WireRecord | null;
    try {
      return stored && fromJson(stored);
    } catch {
      return null;
    }
  }

  /** @returns whether it is done; of a record that does not fit nothing is left, for what was stored before is stale */
  perform(client: string, write: Write): boolean {
    const key = this.#clientKey(client);
    if (write.type === "keep" && this.#set(key, toJson(write.record))) return true;
    return this.#remove(key) && write.type === "forget";
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
    this.#remove(`${UNSAVED}/${this.#scope}/${id}`);
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

  #remove(key: string): boolean {
    try {
      this.#storage.removeItem(key);
      return true;
    } catch {
      return false;
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
