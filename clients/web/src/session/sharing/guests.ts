/** The guests who are here now; owners can remove them. */

import type { Participant, Session } from "ot-collab";
import type { Sharing } from "../../api/sharing.js";
import { h } from "../../dom.js";
import { avatar } from "../avatar.js";
import { ROLE_NAMES } from "../roles.js";
import { Attempt } from "../../attempt.js";
import { removeButton } from "./members.js";
import { Rows, type Row } from "./rows.js";

export class GuestsView {
  readonly #session: Session;
  readonly #sharing: Sharing;
  readonly #rows = new Rows<Participant>("Guests here", ({ id }) => id, (guest) => this.#row(guest));
  readonly #outcome = h("p", { class: "note", role: "status" });
  readonly element = h("div", { class: "guests" }, this.#rows.element, this.#outcome);

  constructor(session: Session, sharing: Sharing) {
    this.#session = session;
    this.#sharing = sharing;
  }

  /** @param mayShare whether this person may remove guests */
  show(mayShare: boolean): void {
    const { participants, participant: self } = this.#session;
    const guests = [...participants.values()].filter(({ id, kind }) => kind === "guest" && id !== self);
    this.#rows.show(mayShare ? guests : []);
    this.element.hidden = this.#rows.element.hidden && this.#outcome.textContent === "";
  }

  forget(): void {
    this.#rows.forget();
    this.#outcome.textContent = "";
  }

  #row({ id, color }: Participant): Row<Participant> {
    const attempt = new Attempt();
    const face = h("span", { class: "face" });
    const shownName = h("span", { class: "person-name" });
    const shownRole = h("span", { class: "note" });
    let name = "";
    const kick = async (): Promise<void> => {
      if (!(await attempt.make(() => this.#sharing.kick(id)))) return;
      this.#outcome.textContent = `${name} was removed. To keep them out, also revoke the link they joined by.`;
    };
    const button = removeButton("Remove", () => void kick());
    const show = (guest: Participant): void => {
      name = guest.name;
      face.replaceChildren(avatar(name, color));
      shownName.textContent = name;
      shownRole.textContent = ROLE_NAMES[guest.role];
      button.title = `Remove ${name}`;
      button.setAttribute("aria-label", button.title);
    };
    return { element: h("li", {}, face, shownName, shownRole, button, attempt.failure), show, forget: () => attempt.forget() };
  }
}
