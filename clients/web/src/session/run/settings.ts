/** The settings of runs: the input, whether to share them, and, for owners, whether to allow them. */

import type { Connection } from "ot-collab";
import { changeSession } from "../../api/sessions.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import type { Entry } from "../../entry.js";
import { remember, remembered } from "../../remembered.js";
import { mayChange } from "../roles.js";

export class RunSettings {
  readonly #connection: Connection;
  readonly #entry: Entry;
  readonly #attempt = new Attempt();
  readonly #input = h("textarea", { rows: 3, spellcheck: "false", autocomplete: "off", placeholder: "Input for the program" });
  readonly #share = h("input", { type: "checkbox", change: () => remember("share-runs", String(this.#share.checked)) });
  readonly #allow = h("input", { type: "checkbox", change: () => void this.#change() });
  readonly #shareChoice = h("label", { class: "run-choice" }, this.#share, "Share my runs");
  readonly #allowChoice = h("label", { class: "run-choice" }, this.#allow, "Allow running code in this session");
  readonly element = h(
    "div",
    { class: "run-settings" },
    h("label", { class: "run-input" }, "Input", this.#input),
    this.#shareChoice,
    this.#allowChoice,
    this.#attempt.failure,
  );

  constructor(connection: Connection, entry: Entry) {
    this.#connection = connection;
    this.#entry = entry;
    this.#share.checked = remembered("share-runs") !== "false";
  }

  get input(): string {
    return this.#input.value;
  }

  /** Whether this person's runs are shared. */
  get shares(): boolean {
    return this.#share.checked && !this.#shareChoice.hidden;
  }

  show(): void {
    const { limits, session, role } = this.#connection;
    const isOnHere = limits?.run ?? true;
    const isOn = isOnHere && (session?.run ?? true);
    this.#shareChoice.hidden = !mayChange(this.#connection) || !isOn;
    this.#allowChoice.hidden = role !== "owner" || !isOnHere;
    this.#allow.checked = isOn;
  }

  async #change(): Promise<void> {
    const run = this.#allow.checked;
    const worked = await this.#attempt.make(async () => {
      await changeSession(this.#entry.session, { run }, this.#entry.token);
    });
    if (!worked) this.show();
  }
}
