/** Shows who has locked the session, why, and until when; the text can still be read. */

import type { Session } from "ot-collab";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export class LockView {
  readonly element = h("section", { class: "lock", "aria-label": "Locked", hidden: true });
  readonly #session: Session;
  #wasLocked = false;

  constructor(session: Session) {
    this.#session = session;
    session.on("session", () => this.#show());
    session.on("participants", () => this.#show());
  }

  #show(): void {
    const { locked, info, participants } = this.#session;
    const lock = info?.lock;
    this.element.hidden = !locked;
    if (locked && lock) {
      const name = participants.get(lock.by)?.name ?? "Somebody else";
      const until = time.format(new Date(lock.until));
      this.element.replaceChildren(
        icon("lock"),
        h("strong", {}, `Only ${name} can edit right now.`),
        h("span", {}, `${lock.reason}.`),
        h("span", { class: "note" }, `Until ${until}, or longer if needed. What you typed is kept.`),
      );
    }
    if (locked !== this.#wasLocked) {
      this.#wasLocked = locked;
      announce(locked && lock ? `The session is locked: ${lock.reason}` : "Everybody can edit again");
    }
  }
}
