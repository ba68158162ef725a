/** The tasks of the assistant in the session: fetched while the panel is open, or one is under way. */

import type { Connection } from "ot-collab";
import type { Assistant, Task } from "../../api/assistant.js";
import { CallFailed } from "../../api/call.js";

/** How soon to look again while something is under way, in milliseconds: its node may die, and nobody tells. */
export const LOOKED_AGAIN_AFTER = 5_000;

export class Work {
  /** Null until it is known. */
  configured: boolean | null = null;
  model: string | null = null;
  tasks: readonly Task[] = [];
  readonly #assistant: Assistant;
  readonly #listeners: (() => void)[] = [];
  #watching = false;
  #lookingAgain: ReturnType<typeof setTimeout> | undefined;
  #fetching: Promise<void> = Promise.resolve();

  constructor(connection: Connection, assistant: Assistant) {
    this.#assistant = assistant;
    let wasHere = false;
    connection.on("participants", (participants) => {
      // It is here as long as it writes.
      const isHere = [...participants.values()].some(({ kind }) => kind === "assistant");
      if (isHere !== wasHere && this.#watching) void this.refresh();
      wasHere = isHere;
    });
  }

  /** What is under way. */
  get running(): Task | null {
    return this.tasks.find(({ kind, state }) => kind === "generate" && state === "running") ?? null;
  }

  changed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  watch(watching: boolean): void {
    this.#watching = watching;
    clearTimeout(this.#lookingAgain);
    if (watching) void this.refresh();
  }

  /** Fetch all of it, as it is after this call. */
  refresh(): Promise<void> {
    this.#fetching = this.#fetching.then(() => this.#fetch());
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      const { configured, model, items } = await this.#assistant.tasks();
      Object.assign(this, { configured, model, tasks: items });
    } catch (error) {
      // What was known stays: the next attempt says why it does not work.
      if (!(error instanceof CallFailed)) throw error;
    }
    for (const listener of this.#listeners) listener();
    clearTimeout(this.#lookingAgain);
    if (this.#watching && this.running) this.#lookingAgain = setTimeout(() => void this.refresh(), LOOKED_AGAIN_AFTER);
  }
}
