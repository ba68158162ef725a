/** Members and invites: owners can change them, and everybody can leave. */

import type { Role, Session } from "ot-collab";
import { announce } from "../../announce.js";
import type { Invite, Member, Sharing } from "../../api/sharing.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { questionOf } from "../../question.js";
import { avatar } from "../avatar.js";
import { ROLE_NAMES, ROLE_RIGHTS, roleSelect } from "../roles.js";
import { Attempt } from "../../attempt.js";
import type { Facts } from "./facts.js";
import { Rows, type Row } from "./rows.js";

type Person = { readonly member: Member } | { readonly invite: Invite };

export class MembersView {
  readonly #session: Session;
  readonly #sharing: Sharing;
  readonly #facts: Facts;
  readonly #left: () => void;
  readonly #rows = new Rows<Person>("People with access", keyOf, (person) =>
    "member" in person ? this.#memberRow(person.member) : this.#inviteRow(person.invite),
  );
  readonly element = this.#rows.element;

  /** @param left called after this person has left */
  constructor(session: Session, sharing: Sharing, facts: Facts, left: () => void) {
    this.#session = session;
    this.#sharing = sharing;
    this.#facts = facts;
    this.#left = left;
  }

  forget(): void {
    this.#rows.forget();
  }

  show(): void {
    const { members, invites } = this.#facts;
    this.#rows.show([...members.map((member) => ({ member })), ...invites.map((invite) => ({ invite }))]);
  }

  #memberRow(first: Member): Row<Person> {
    const { user_id: user, participant_id: participant, name } = first;
    const self = participant === this.#session.participant;
    const attempt = new Attempt();
    let member = first;
    const face = h("span", { class: "face" });
    const shownRole = h("span", { class: "note" });
    const select = roleSelect(`Role of ${name}`, ["viewer", "editor", "owner"], first.role);
    const changeRole = async (): Promise<void> => {
      const role = select.value as Role;
      const worked = await attempt.make(() => this.#sharing.setRole(user, role));
      if (worked) announce(`${name} ${ROLE_RIGHTS[role]}`);
      else select.value = member.role;
      await this.#facts.refresh();
    };
    select.addEventListener("change", () => void changeRole());
    const remove = async (): Promise<void> => {
      if (!(await attempt.make(() => this.#sharing.remove(user)))) return;
      if (self) {
        this.#left();
        return;
      }
      announce(`${name} no longer has access`);
      await this.#facts.refresh();
    };
    const away = self ? leaveControls(remove) : removeButton(`Remove ${name}`, () => void remove());
    const element = h(
      "li",
      {},
      face,
      h("span", { class: "person-name" }, self ? `${name} (you)` : name),
      shownRole,
      select,
      away,
      attempt.failure,
    );
    const show = (person: Person): void => {
      if (!("member" in person)) return;
      member = person.member;
      const { mayShare } = this.#facts;
      const color = this.#session.participants.get(participant)?.color ?? null;
      face.replaceChildren(avatar(name, color));
      shownRole.textContent = ROLE_NAMES[member.role];
      shownRole.hidden = mayShare;
      select.hidden = !mayShare;
      away.hidden = !mayShare && !self;
      if (document.activeElement !== select) select.value = member.role;
    };
    return { element, show, forget: () => attempt.forget() };
  }

  #inviteRow({ id, email, role }: Invite): Row<Person> {
    const attempt = new Attempt();
    const cancel = async (): Promise<void> => {
      if (!(await attempt.make(() => this.#sharing.cancelInvite(id)))) return;
      announce(`The invite for ${email} was cancelled`);
      await this.#facts.refresh();
    };
    const shownRole = h("span", { class: "note" });
    const show = (person: Person): void => {
      if ("invite" in person) shownRole.textContent = ROLE_NAMES[person.invite.role];
    };
    shownRole.textContent = ROLE_NAMES[role];
    const element = h(
      "li",
      {},
      h("span", { class: "avatar waiting", "aria-hidden": "true" }, icon("envelope")),
      h("span", { class: "person-name" }, email, h("span", { class: "note" }, "Invited, no account yet")),
      shownRole,
      removeButton(`Cancel the invite for ${email}`, () => void cancel()),
      attempt.failure,
    );
    return { element, show, forget: () => attempt.forget() };
  }
}

function keyOf(person: Person): string {
  return "member" in person ? `member ${person.member.user_id}` : `invite ${person.invite.id}`;
}

export function removeButton(label: string, click: () => void): HTMLButtonElement {
  const attributes = { type: "button", class: "quiet icon-only", "aria-label": label, title: label, click };
  return h("button", attributes, icon("cross"));
}

function leaveControls(act: () => Promise<void>): HTMLElement {
  const button = h("button", { type: "button", class: "quiet" }, "Leave");
  const words = "You can only come back if somebody invites you again.";
  const question = questionOf(button, { label: "Leave this session?", words, no: "Stay", yes: "Leave", act });
  return h("span", { class: "leave" }, button, question);
}
