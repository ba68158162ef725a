/** What the participant may do: shown to viewers all the time, and announced when it changes. */

import type { Role, Session } from "ot-collab";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { ROLE_RIGHTS } from "./roles.js";

/** How long a change of role is shown, in milliseconds. */
const NEWS_FOR = 6_000;

export class RightsView {
  readonly element = h("span", { class: "rights", hidden: true });
  readonly #session: Session;
  #known: Role | null = null;
  #fading: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session) {
    this.#session = session;
    session.on("session", () => this.#heard());
    session.on("status", ({ state }) => {
      if (state === "closed") this.left();
    });
  }

  left(): void {
    clearTimeout(this.#fading);
    this.element.hidden = true;
  }

  #heard(): void {
    const { role } = this.#session;
    const before = this.#known;
    if (role === null || role === before) return;
    this.#known = role;
    clearTimeout(this.#fading);
    const isViewer = role === "viewer";
    if (before !== null) announce(isViewer ? "You can only view now" : `You ${ROLE_RIGHTS[role]} now`);
    this.element.hidden = before === null && !isViewer;
    this.element.dataset["role"] = role;
    if (isViewer) {
      const meaning = h("span", { class: "rights-meaning" }, ": you can’t edit");
      this.element.replaceChildren(icon("eye"), h("span", {}, "View only", meaning));
    } else {
      this.element.replaceChildren(icon("pencil"), `You ${ROLE_RIGHTS[role]} now`);
      this.#fading = setTimeout(() => (this.element.hidden = true), NEWS_FOR);
    }
  }
}
