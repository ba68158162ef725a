/** The assistant's tasks in the session, past and present: fetched while somebody looks, or it works. */

import type { Session } from "ot-collab";
import type { Assistant, Task } from "../../api/assistant.js";
import { CallFailed } from "../../api/call.js";

/** How often to look again while a task is running, in milliseconds: if its node dies, nobody says so. */
export const LOOKED_AGAIN_AFTER = 5_000;

export class Work {
  /** Whether the server has an assistant; null until it is known. */
  configured: boolean | null = null;
  model: string | null = null;
  tasks: readonly Task[] = [];
  readonly #assistant: Assistant;
  readonly #listeners: (() => void)[] = [];
  #watching = false;
  #lookingAgain: ReturnType<typeof setTimeout> | undefined;
  #fetching: Promise<void> = Promise.resolve();

  constructor(session: Session, assistant: Assistant) {
    this.#assistant = assistant;
    let wasHere = false;
    session.on("participants", (participants) => {
      // The assistant is a participant while it writes.
      const isHere = [...participants.values()].some(({ kind }) => kind === "assistant");
      if (isHere !== wasHere && this.#watching) void this.refresh();
      wasHere = isHere;
    });
  }

  /** The task that writes now. */
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

  /** Fetch all tasks, as they are after this call. */
  refresh(): Promise<void> {
    this.#fetching = this.#fetching.then(() => this.#fetch());
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      const { configured, model, items } = await this.#assistant.tasks();
      Object.assign(this, { configured, model, tasks: items });
    } catch (error) {
      // What was known stays: the next action shows why it fails.
      if (!(error instanceof CallFailed)) throw error;
    }
    for (const listener of this.#listeners) listener();
    clearTimeout(this.#lookingAgain);
    if (this.#watching && this.running) this.#lookingAgain = setTimeout(() => void this.refresh(), LOOKED_AGAIN_AFTER);
  }
}
