/**
 * Typing that the server did not take: kept, across reloads, until a person dismisses it.
 */

import { Emitter } from "../session/emitter.js";
import type { SessionStorage, Unsaved } from "./storage.js";

export class UnsavedTexts {
  readonly #archive: SessionStorage | null;
  readonly #events = new Emitter<{ added: Unsaved }>();
  #list: readonly Unsaved[];
  /** Those that are in this tab alone. */
  readonly #unstored = new Map<string, Unsaved>();

  /** @param archive where they survive; null: nowhere */
  constructor(archive: SessionStorage | null) {
    this.#archive = archive;
    this.#list = archive?.unsaved() ?? [];
  }

  /** What nobody has dismissed, oldest first; never changed in place. */
  get list(): readonly Unsaved[] {
    return this.#list;
  }

  /** Whether all of them survive this tab. */
  get areStored(): boolean {
    return this.#unstored.size === 0;
  }

  /** @returns a function that ends it */
  onAdded(listener: (unsaved: Unsaved) => void): () => void {
    return this.#events.on("added", listener);
  }

  /**
   * Keep a text, unless there is none. What comes again under its id is the same text.
   *
   * @param makeRoom is called where the storage is too full for one text more
   */
  add({ id, reason, text }: Unsaved, makeRoom: () => void): void {
    if (text === "") return;
    const unsaved = { id, reason, text };
    this.#list = [...this.#list.filter((other) => other.id !== id), unsaved];
    this.#unstored.set(id, unsaved);
    this.#store();
    if (this.#unstored.has(id)) {
      makeRoom();
      this.#store();
    }
    this.#events.emit("added", unsaved);
  }

  dismiss(id: string): void {
    this.#list = this.#list.filter((unsaved) => unsaved.id !== id);
    this.#unstored.delete(id);
    this.#archive?.dismiss(id);
    this.#store();
  }

  /** Store what is not yet, as far as there is room. */
  #store(): void {
    for (const [id, unsaved] of this.#unstored) if (this.#archive?.keep(unsaved)) this.#unstored.delete(id);
  }
}
