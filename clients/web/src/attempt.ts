/** Something that is asked of the server, once at a time; why it did not work stands beside what asked. */

import { CallFailed } from "./api/call.js";
import { h } from "./dom.js";

export class Attempt {
  readonly failure = h("p", { class: "failure", role: "alert" });
  #running = false;

  forget(): void {
    this.failure.textContent = "";
  }

  /** @returns whether it worked; what is asked while something is asked already is not */
  async make(ask: () => Promise<void>): Promise<boolean> {
    if (this.#running) return false;
    this.#running = true;
    this.forget();
    try {
      await ask();
      return true;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.failure.textContent = error.message;
      return false;
    } finally {
      this.#running = false;
    }
  }
}
