/** The settings of runs: the input, whether to share them, and, for owners, whether to allow them. */

import type { Session } from "ot-collab";
import { changeSession } from "../../api/sessions.js";
import { Attempt } from "../../attempt.js";
import { h } from "../../dom.js";
import type { Entry } from "../../entry.js";
import { remember, remembered } from "../../remembered.js";
import { mayChange } from "../roles.js";

export class RunSettings {
  readonly #session: Session;
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

  constructor(session: Session, entry: Entry) {
    this.#session = session;
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
    const { limits, info, role } = this.#session;
    const isOnHere = limits?.run ?? true;
    const isOn = isOnHere && (info?.run ?? true);
    this.#shareChoice.hidden = !mayChange(this.#session) || !isOn;
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
