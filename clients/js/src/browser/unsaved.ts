/**
 * Typing that the server did not take: kept, across reloads, until a person dismisses it.
 */

import { Emitter } from "../session/emitter.js";
import type { Operation } from "../engine/operation.js";
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

  /** @returns a function that ends it */
  onAdded(listener: (unsaved: Unsaved) => void): () => void {
    return this.#events.on("added", listener);
  }

  /**
   * Keep what `operation` would have inserted, if anything. What comes again under its id is the same text.
   *
   * @param makeRoom is called where the storage is too full for one text more
   */
  add(id: string, reason: string, operation: Operation, makeRoom: () => void): void {
    const text = typedIn(operation);
    if (text === "") return;
    const unsaved = { id, reason, text };
    this.#list = [...this.#list.filter((other) => other.id !== id), unsaved];
    if (this.#archive && !this.#archive.keep(unsaved)) {
      makeRoom();
      this.#archive.keep(unsaved);
    }
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
