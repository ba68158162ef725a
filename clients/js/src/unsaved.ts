/**
 * Typing that the server did not take: kept, across reloads, until a person dismisses it.
 */

import { uuid } from "./claims.js";
import { Emitter } from "./emitter.js";
import type { Operation } from "./operation.js";
import type { SessionStorage, Unsaved } from "./storage.js";

export class UnsavedTexts {
  readonly #archive: SessionStorage | null;
  readonly #events = new Emitter<{ added: Unsaved }>();
  #list: readonly Unsaved[];

  /** @param archive where they survive; null: nowhere */
  constructor(archive: SessionStorage | null) {
    this.#archive = archive;
    this.#list = archive?.unsaved() ?? [];
  }

  /** What nobody has dismissed, oldest first; never changed in place. */
  get list(): readonly Unsaved[] {
    return this.#list;
  }

  onAdded(listener: (unsaved: Unsaved) => void): void {
    this.#events.on("added", listener);
  }

  /** Keep what `operation` would have inserted, if anything. */
  add(reason: string, operation: Operation): void {
    const text = typedIn(operation);
    if (text === "") return;
    const unsaved = { id: uuid(), reason, text };
    this.#list = [...this.#list, unsaved];
    this.#archive?.keep(unsaved);
    this.#events.emit("added", unsaved);
  }

  dismiss(id: string): void {
    this.#list = this.#list.filter((unsaved) => unsaved.id !== id);
    this.#archive?.dismiss(id);
  }
}

/** What an operation inserts; places that lie apart are on lines of their own. */
function typedIn(operation: Operation): string {
  const typed = operation.components.filter((component) => typeof component === "string");
  return typed.join("\n");
}
