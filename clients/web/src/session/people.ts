/** The people here: their colours, initials and names, and who is typing. */

import type { Participant, Session } from "ot-collab";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { avatar } from "./avatar.js";
import { popoverOf } from "./popover.js";
import { ROLE_NAMES } from "./roles.js";

/** How many people the bar shows; the list shows everybody. */
const IN_THE_BAR = 4;

export class PeopleView {
  readonly #session: Session;
  readonly #button = h("button", { type: "button", class: "quiet people" });
  readonly #panel = popoverOf(this.#button, "People here", "toggle");
  readonly #list = h("ul", { class: "people-list" });
  readonly element = h("div", { class: "people-place" }, this.#button, this.#panel);
  /** A sentence about who is typing. */
  readonly typing = h("span", { class: "typing" });
  #known: ReadonlyMap<string, Participant> | null = null;
  #shown = "";

  constructor(session: Session) {
    this.#session = session;
    this.#panel.append(h("h2", {}, "People here"), this.#list);
    session.on("participants", () => {
      this.#announce();
      this.#show();
    });
    session.on("presence", () => this.#show());
    session.on("session", () => this.#show());
    this.#show();
  }

  #show(): void {
    const people = this.#people();
    const typing = people.filter(({ id }) => this.#isTyping(id));
    // Carets move with every key of everybody here, and change nothing of this.
    const shown = JSON.stringify([this.#session.participant, people, typing.map(({ id }) => id)]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const names = people.map((person) => this.#nameOf(person));
    this.#button.hidden = people.length === 0;
    this.#button.setAttribute("aria-label", `${count(people.length)} here: ${names.join(", ")}`);
    const rest = people.length - IN_THE_BAR;
    this.#button.replaceChildren(
      ...people.slice(0, IN_THE_BAR).map((person) => this.#chip(person)),
      ...(rest > 0 ? [h("span", { class: "more" }, `+${rest}`)] : []),
    );
    this.#list.replaceChildren(...people.map((person) => this.#row(person)));
    this.typing.textContent = sentence(typing.map(({ name }) => name));
  }

  /** Everybody here: first this participant, then the others by name. */
  #people(): Participant[] {
    const self = this.#session.participant;
    return [...this.#session.participants.values()].sort(
      (a, b) => Number(b.id === self) - Number(a.id === self) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1),
    );
  }

  #chip(person: Participant): HTMLElement {
    const typing = this.#isTyping(person.id);
    const name = h("span", { class: "chip-name" }, person.name);
    return h("span", { class: typing ? "chip chip-typing" : "chip", title: this.#nameOf(person) }, avatar(person.name, person.color), name);
  }

  #row(person: Participant): HTMLElement {
    const role = person.kind === "assistant" ? "Assistant" : ROLE_NAMES[person.role];
    const doing = this.#isTyping(person.id) ? "Typing…" : role;
    return h("li", {}, avatar(person.name, person.color), h("span", { class: "person-name" }, this.#nameOf(person)), h("span", { class: "note" }, doing));
  }

  #nameOf({ id, name }: Participant): string {
    return id === this.#session.participant ? `${name} (you)` : name;
  }

  /** Whether they type, in whatever tab; of oneself one knows. */
  #isTyping(id: string): boolean {
    const shown = id === this.#session.participant ? undefined : this.#session.presence.get(id);
    return shown?.some(({ typing }) => typing) ?? false;
  }

  #announce(): void {
    const before = this.#known;
    const now = this.#session.participants;
    this.#known = now;
    if (!before) return;
    const joined = namesOf(now, before);
    const gone = namesOf(before, now);
    if (joined) announce(`${joined} joined`);
    if (gone) announce(`${gone} left`);
  }
}

function namesOf(these: ReadonlyMap<string, Participant>, without: ReadonlyMap<string, Participant>): string {
  return [...these.values()].filter(({ id }) => !without.has(id)).map(({ name }) => name).join(", ");
}

function count(people: number): string {
  return people === 1 ? "1 person" : `${people} people`;
}

function sentence(typing: string[]): string {
  if (typing.length === 0) return "";
  if (typing.length > 2) return `${typing.length} people are typing`;
  return `${typing.join(" and ")} ${typing.length === 1 ? "is" : "are"} typing`;
}
