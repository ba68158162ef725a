/** The title of the session; those who may change it edit it here. */

import type { Session } from "ot-collab";
import { changeSession } from "../api/sessions.js";
import { h } from "../dom.js";
import type { Entry } from "../entry.js";
import { Renaming } from "../renaming.js";
import { mayChange } from "./roles.js";

export class TitleView {
  readonly #session: Session;
  readonly #entry: Entry;
  readonly #title = h("h1", { class: "session-title" });
  readonly #renaming = new Renaming(this.#title, (title) => this.#rename(title));
  readonly element = h("div", { class: "title-place" }, this.#title, this.#renaming.field, this.#renaming.button, this.#renaming.failure);

  constructor(session: Session, entry: Entry) {
    this.#session = session;
    this.#entry = entry;
    session.on("session", () => this.#changed());
    session.on("status", () => this.#changed());
    this.#changed();
  }

  #changed(): void {
    this.#show((this.#session.info ?? this.#entry).title);
    this.#renaming.allow(mayChange(this.#session));
  }

  #show(title: string): void {
    this.#title.textContent = this.#title.title = title;
    this.#renaming.show(title);
  }

  async #rename(wanted: string): Promise<void> {
    const before = this.#session.info?.title;
    const { title } = await changeSession(this.#entry.session, { title: wanted }, this.#entry.token);
    // The session tells the title too. If it has done so already, that is this one or a newer one.
    if (this.#session.info?.title === before) this.#show(title);
  }
}
