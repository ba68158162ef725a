/** The title of the session; those who may change it edit it here. */

import type { Connection } from "ot-collab";
import { changeSession } from "../api/sessions.js";
import { h } from "../dom.js";
import type { Entry } from "../entry.js";
import { Renaming } from "../renaming.js";
import { mayChange } from "./roles.js";

export class TitleView {
  readonly #connection: Connection;
  readonly #entry: Entry;
  readonly #title = h("h1", { class: "session-title" });
  readonly #renaming = new Renaming(this.#title, (title) => this.#rename(title));
  readonly element = h("div", { class: "title-place" }, this.#title, this.#renaming.field, this.#renaming.button, this.#renaming.failure);

  constructor(connection: Connection, entry: Entry) {
    this.#connection = connection;
    this.#entry = entry;
    connection.on("session", () => this.#changed());
    connection.on("status", () => this.#changed());
    this.#changed();
  }

  #changed(): void {
    this.#show((this.#connection.session ?? this.#entry).title);
    this.#renaming.allow(mayChange(this.#connection));
  }

  #show(title: string): void {
    this.#title.textContent = this.#title.title = title;
    this.#renaming.show(title);
  }

  async #rename(wanted: string): Promise<void> {
    const before = this.#connection.session?.title;
    const { title } = await changeSession(this.#entry.session, { title: wanted }, this.#entry.token);
    // The connection tells the title too. If it has done so already, that is this one or a newer one.
    if (this.#connection.session?.title === before) this.#show(title);
  }
}
