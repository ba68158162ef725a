/** Invites somebody by username, or by an email address that may not have an account yet. */

import type { Role } from "ot-collab";
import type { Sharing } from "../../api/sharing.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ROLE_RIGHTS, roleSelect } from "../roles.js";
import { Attempt } from "../../attempt.js";
import type { Facts } from "./facts.js";
import { LIMITS } from "../../limits.js";

const USERNAME_OR_EMAIL = new RegExp(`^([A-Za-z0-9_.-]{${LIMITS.usernameLeast},${LIMITS.username}}|[^@\\s]+@[^@\\s]+)$`);

export class InviteForm {
  readonly element: HTMLFormElement;
  readonly #sharing: Sharing;
  readonly #facts: Facts;
  readonly #attempt = new Attempt();
  readonly #who = h("input", {
    name: "invitee",
    "aria-label": "Username or email",
    placeholder: "Username or email",
    maxlength: LIMITS.email,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  readonly #role = roleSelect("What they can do", ["viewer", "editor", "owner"], "editor");
  readonly #outcome = h("p", { class: "note", role: "status" });

  constructor(sharing: Sharing, facts: Facts) {
    this.#sharing = sharing;
    this.#facts = facts;
    const button = h("button", { type: "submit", class: "primary" }, "Invite");
    this.element = h(
      "form",
      { class: "invite", novalidate: true, input: () => this.forget() },
      h("div", { class: "row" }, this.#who, this.#role, button),
      this.#attempt.failure,
      this.#outcome,
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#invite();
    });
  }

  forget(): void {
    this.#fail("");
    this.#outcome.replaceChildren();
  }

  async #invite(): Promise<void> {
    this.forget();
    this.#who.focus();
    const who = this.#who.value.trim();
    const role = this.#role.value as Role;
    if (!USERNAME_OR_EMAIL.test(who)) {
      this.#fail("Enter a username or an email address.");
      return;
    }
    let waits = false;
    const worked = await this.#attempt.make(async () => {
      waits = await this.#sharing.invite(who, role);
    });
    this.#who.setAttribute("aria-invalid", String(!worked));
    if (!worked) return;
    this.#who.value = "";
    const said = waits ? `${who} ${ROLE_RIGHTS[role]} after signing up.` : `${who} ${ROLE_RIGHTS[role]} now.`;
    this.#outcome.replaceChildren(icon("check"), h("span", {}, said));
    await this.#facts.refresh();
  }

  #fail(why: string): void {
    this.#attempt.failure.textContent = why;
    this.#who.setAttribute("aria-invalid", String(why !== ""));
  }
}
