/** A request to the server, one at a time; if it fails, the reason is shown beside its button. */

import { CallFailed } from "./api/call.js";
import { h } from "./dom.js";

export class Attempt {
  readonly failure = h("p", { class: "failure", role: "alert" });
  #running = false;

  forget(): void {
    this.failure.textContent = "";
  }

  /** @returns whether it worked; false, without asking, while another request is running */
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
