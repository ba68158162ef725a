/**
 * What survives a closed tab: clients with unsent edits, and text that the server did not take.
 *
 * A client's record is one key, written before its edit is sent and removed when it is answered.
 * What was typed since it was written are numbered keys beside it: the record says from which
 * number on they belong to it, and the unbroken beginning of these counts.  So whatever write is
 * the last before a crash, what is read is what was stored by then.
 * Who may use which record is decided in client-ids.ts.
 */

import type { Unsaved as Offer } from "../session/events.js";
import { Operation } from "../engine/operation.js";
import { appended, fromJson, toJson, type ClientRecord, type WireRecord, type Write } from "../session/record.js";

/** The part of `Storage` (localStorage) that is used. */
export type KeyValueStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** Typing that the server did not take, as it is kept until somebody dismisses it. */
export type Unsaved = Pick<Offer, "id" | "reason" | "text">;

/** A session of which edits are kept here, and whose they are. */
export interface KeptEdits {
  readonly session: string;
  readonly participant: string;
}

/** A record, and the number of the first edit behind it. */
interface StoredRecord extends WireRecord {
  readonly edits: number;
}

const CLIENTS = "ot-collab/clients";
const EDITS = "ot-collab/edits";
const UNSAVED = "ot-collab/unsaved";

/** The stored clients and the unsaved texts of one participant in one session. */
export class SessionStorage {
  readonly #storage: KeyValueStorage;
  readonly #scope: string;
  /** Under which number the next edit of a client is stored. */
  readonly #next = new Map<string, number>();

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
    const stored = this.#get(this.#clientKey(client)) as StoredRecord | null;
    try {
      if (!stored) return null;
      const { edits, ...wire } = stored;
      const numbers = this.#editNumbers(client);
      // Beyond all that are there: those behind a gap never count.
      this.#next.set(client, Math.max(edits, ...numbers.map((number) => number + 1)));
      return this.#withEdits(fromJson(wire), client, edits);
    } catch {
      return null;
    }
  }

  /**
   * Store that, and return whether it is done.
   *
   * Of a record that does not fit nothing is left, for what was stored before is stale; where
   * an edit does not fit, what was stored before stays.
   */
  perform(client: string, write: Write): boolean {
    const key = this.#clientKey(client);
    const edits = this.#next.get(client) ?? 0;
    if (write.type === "append") {
      const isDone = this.#set(this.#editKey(client, edits), write.operation.toWire());
      if (isDone) this.#next.set(client, edits + 1);
      return isDone;
    }
    // The record first: until it is there, the one before and its edits are what counts.
    const isKept = write.type === "keep" && this.#set(key, { ...toJson(write.record), edits } satisfies StoredRecord);
    const isForgotten = !isKept && this.#remove(key);
    for (const number of this.#editNumbers(client)) this.#remove(this.#editKey(client, number));
    return isKept || (isForgotten && write.type === "forget");
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

  /** A record, and the edits behind it up to the first that is missing, or is none. */
  #withEdits(record: ClientRecord, client: string, first: number): ClientRecord {
    try {
      for (let number = first; ; number++) {
        record = appended(record, Operation.fromWire(this.#get(this.#editKey(client, number))));
      }
    } catch {
      return record;
    }
  }

  #editNumbers(client: string): number[] {
    return namesUnder(this.#storage, this.#editKey(client, "")).map(Number);
  }

  #editKey(client: string, number: number | string): string {
    return `${EDITS}/${this.#scope}/${client}/${number}`;
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
