/** The list of one's sessions: searched by title, a page at a time. */

import { account } from "../account.js";
import type { User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { listSessions, type SessionView } from "../api/sessions.js";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { languageName } from "../editor/languages.js";
import { icon } from "../icons.js";
import { sessionPath } from "../routes.js";
import { ROLE_NAMES } from "../session/roles.js";
import { ago } from "../time.js";
import { isUnsent } from "../visits.js";
import { othersIn } from "./others.js";
import { unsentNote } from "./recent.js";

const PAGE = 20;
/** How long somebody may rest while typing before it is searched, in milliseconds. */
const REST = 250;

export class SessionList {
  readonly element: HTMLElement;
  readonly #user: User;
  readonly #search = h("input", { type: "search", "aria-label": "Search titles", placeholder: "Search titles", maxlength: 200 });
  readonly #rows = h("ul", { class: "list", "aria-label": "Sessions" });
  readonly #empty = h("div", { class: "empty" });
  readonly #more = h("button", { type: "button", class: "show-more" });
  readonly #failure = h("p", { class: "failure", role: "alert" });
  /** Ends what is being asked for a list that is shown no more. */
  #asking = new AbortController();
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(user: User) {
    this.#user = user;
    const bar = h("div", { class: "search" }, icon("search"), this.#search);
    this.element = h("section", { class: "own", "aria-label": "Your sessions" }, bar, this.#rows, this.#empty, this.#failure, this.#more);
    this.#rows.hidden = this.#empty.hidden = this.#more.hidden = true;
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#resting);
      this.#resting = setTimeout(() => this.load(), REST);
    });
  }

  /** Show the list from its beginning. */
  load(): void {
    void this.#load(null);
  }

  left(): void {
    clearTimeout(this.#resting);
    this.#asking.abort();
  }

  async #load(after: string | null): Promise<void> {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const query = this.#search.value.trim();
    this.#failure.textContent = "";
    try {
      const page = await listSessions({ query, limit: PAGE, ...(after && { after }) }, account.token);
      if (signal.aborted) return;
      const rows = page.items.map((session) => this.#row(session));
      if (after === null) this.#rows.replaceChildren();
      this.#rows.append(...rows.map(({ element }) => element));
      this.#showRest(query, after, page.next, rows[0]?.element);
      await othersIn(rows, this.#user.id, signal);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (!signal.aborted) this.#showFailure(error.message, after);
    }
  }

  #showRest(query: string, after: string | null, next: string | null, first?: HTMLElement): void {
    const count = this.#rows.childElementCount;
    this.#rows.hidden = count === 0;
    this.#empty.hidden = count > 0;
    if (count === 0) this.#empty.replaceChildren(...emptiness(query));
    this.#offer("Show more", next !== null, next);
    // The button may be gone: whoever has pressed it goes on with what it has shown.
    if (after !== null) first?.querySelector("a")?.focus();
    if (query) announce(count === 0 ? "Nothing found" : `${count}${next ? " or more" : ""} found`);
  }

  #showFailure(message: string, after: string | null): void {
    this.#failure.textContent = message;
    this.#offer("Try again", true, after);
  }

  #offer(verb: string, isOffered: boolean, after: string | null): void {
    this.#more.textContent = verb;
    this.#more.hidden = !isOffered;
    this.#more.onclick = () => void this.#load(after);
  }

  #row(session: SessionView): { session: SessionView; element: HTMLElement; people: HTMLElement } {
    const { id, title, language, role, visibility, updated_at } = session;
    const updated = h("time", { datetime: updated_at, title: new Date(updated_at).toLocaleString() }, ago(Date.parse(updated_at)));
    const people = h("span", { class: "with" });
    const element = h(
      "li",
      {},
      h(
        "a",
        { href: sessionPath(id) },
        h("span", { class: "list-title" }, title),
        h("span", { class: "role" }, ROLE_NAMES[role]),
        h("span", { class: "note" }, languageName(language), " · ", updated, people),
        visibility === "link" ? h("span", { class: "note by-link" }, icon("link"), "By link") : null,
        isUnsent(id, this.#user.id) ? unsentNote() : null,
      ),
    );
    return { session, element, people };
  }
}

function emptiness(query: string): HTMLElement[] {
  if (query) return [h("p", {}, `No title of yours holds “${query}”.`)];
  return [
    h("p", {}, h("strong", {}, "No sessions yet.")),
    h("p", {}, "Make a new one, or open a link that somebody has sent you. What is shared with you stands here."),
  ];
}
