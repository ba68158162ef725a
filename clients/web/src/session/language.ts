/** The language of the session; those who may change it choose it here. */

import type { Session } from "ot-collab";
import { changeSession } from "../api/sessions.js";
import { Attempt } from "../attempt.js";
import { h } from "../dom.js";
import { LANGUAGES, languageName, languageOf } from "../editor/languages.js";
import type { Entry } from "../entry.js";
import { mayChange } from "./roles.js";

export class LanguageView {
  readonly #session: Session;
  readonly #entry: Entry;
  readonly #attempt = new Attempt();
  readonly #name = h("span", {});
  /** The option for a language that this page doesn't know. */
  readonly #unknown = h("option", {});
  readonly #select = h(
    "select",
    { "aria-label": "Language", change: () => void this.#choose(), blur: () => this.#attempt.forget() },
    ...LANGUAGES.map(({ id, name }) => h("option", { value: id }, name)),
    this.#unknown,
  );
  readonly element = h("span", { class: "language-place" }, this.#name, this.#select, this.#attempt.failure);

  constructor(session: Session, entry: Entry) {
    this.#session = session;
    this.#entry = entry;
    session.on("session", () => this.#show());
    session.on("status", () => this.#show());
    this.#show();
  }

  #show(): void {
    const { language } = this.#session.info ?? this.#entry;
    this.#unknown.value = this.#unknown.textContent = languageOf(language) ? "" : language;
    this.#unknown.hidden = languageOf(language) !== null;
    this.#name.textContent = languageName(language);
    this.#select.value = language;
    this.#select.hidden = !mayChange(this.#session);
    this.#name.hidden = !this.#select.hidden;
  }

  async #choose(): Promise<void> {
    const language = this.#select.value;
    const worked = await this.#attempt.make(async () => {
      await changeSession(this.#entry.session, { language }, this.#entry.token);
    });
    if (!worked) this.#show();
  }
}
