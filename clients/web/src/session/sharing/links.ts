/** Share links: whether they work at all, the list of them, and a form for a new one. */

import type { Role } from "ot-collab";
import type { Sharing } from "../../api/sharing.js";
import type { Entry } from "../../entry.js";
import { h } from "../../dom.js";
import { roleSelect } from "../roles.js";
import { Attempt } from "../../attempt.js";
import type { Facts } from "./facts.js";
import { linkRow, type LinkRow, type ShownLink } from "./link-row.js";
import { Rows } from "./rows.js";

const HOUR = 3600;
const LASTING: readonly [name: string, seconds: number | null][] = [
  ["no expiry", null],
  ["for 1 hour", HOUR],
  ["for 1 day", 24 * HOUR],
  ["for 1 week", 7 * 24 * HOUR],
  ["for 30 days", 30 * 24 * HOUR],
];

export class LinksView {
  readonly #entry: Entry;
  readonly #sharing: Sharing;
  readonly #facts: Facts;
  readonly #rows: Rows<ShownLink, LinkRow>;
  readonly #attempt = new Attempt();
  readonly #open = h("input", {
    type: "checkbox",
    role: "switch",
    "aria-label": "Allow joining by link",
    "aria-describedby": "by-link",
    change: () => void this.#setOpen(),
  });
  readonly #consequence = h("span", { id: "by-link", class: "note" });
  readonly #switch: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly element: HTMLElement;

  constructor(entry: Entry, sharing: Sharing, facts: Facts) {
    this.#entry = entry;
    this.#sharing = sharing;
    this.#facts = facts;
    this.#rows = new Rows("Share links", ({ link }) => link, (link) =>
      linkRow(link, this.#revoker(link), () => this.#rows.forget()),
    );
    this.#switch = h("label", { class: "switch" }, this.#open, h("span", {}, "Allow joining by link", this.#consequence));
    this.#form = this.#creation();
    this.element = h("div", { class: "links" }, this.#switch, this.#rows.element, this.#form, this.#attempt.failure);
  }

  show(): void {
    const { mayShare, visibility, links } = this.#facts;
    const open = visibility === "link";
    const known = mayShare && visibility !== null;
    this.#switch.hidden = !known;
    this.#form.hidden = !(known && open);
    this.#open.checked = open;
    this.#consequence.textContent = open
      ? "Turning this off removes everybody who joined by link."
      : "This session is private, so links don’t work.";
    const shown = known ? (open ? (links ?? []) : []) : this.#own();
    this.#rows.show(shown);
    this.element.hidden = !known && shown.length === 0;
  }

  forget(): void {
    this.#rows.forget();
    this.#attempt.forget();
  }

  /** Copy the link that this person joined by, if it is listed. */
  async copyOwn(): Promise<void> {
    await this.#rows.row(this.#entry.link ?? "")?.copy();
  }

  #own(): ShownLink[] {
    const { link } = this.#entry;
    return link === null ? [] : [{ link, role: null, expires_at: null }];
  }

  #revoker({ link }: ShownLink): (() => Promise<void>) | null {
    if (!this.#facts.mayShare) return null;
    return async () => {
      await this.#sharing.revoke(link);
      await this.#facts.refresh();
    };
  }

  async #setOpen(): Promise<void> {
    await this.#attempt.make(() => this.#sharing.setVisibility(this.#open.checked ? "link" : "private"));
    await this.#facts.refresh();
  }

  #creation(): HTMLFormElement {
    const role = roleSelect("What people with the link can do", ["viewer", "editor"], "viewer");
    const options = LASTING.map(([name, seconds]) => h("option", { value: String(seconds ?? "") }, name));
    const lasting = h("select", { "aria-label": "When the link expires" }, ...options);
    const create = async (event: Event): Promise<void> => {
      event.preventDefault();
      let made = "";
      const expiresIn = lasting.value === "" ? null : Number(lasting.value);
      const worked = await this.#attempt.make(async () => {
        made = (await this.#sharing.createLink(role.value as Role, expiresIn)).link;
      });
      await this.#facts.refresh();
      if (worked) await this.#rows.row(made)?.copy();
    };
    return h(
      "form",
      { class: "row", submit: (event) => void create(event) },
      role,
      lasting,
      h("button", { type: "submit" }, "Create link"),
    );
  }
}
