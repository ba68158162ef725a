/** The list of the user's sessions: searched by title, a page at a time. */

import { account } from "../account.js";
import type { User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { listSessions } from "../api/sessions.js";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { sessionRow } from "./session-row.js";
import { LIMITS } from "../limits.js";

const PAGE = 20;
/** How long typing has to pause before the search starts, in milliseconds. */
const REST = 250;

export class SessionList {
  readonly element: HTMLElement;
  readonly #user: User;
  readonly #search = h("input", { type: "search", "aria-label": "Search titles", placeholder: "Search titles", maxlength: LIMITS.title });
  readonly #rows = h("ul", { class: "list", "aria-label": "Sessions" });
  readonly #empty = h("div", { class: "empty" });
  readonly #more = h("button", { type: "button", class: "show-more" });
  readonly #failure = h("p", { class: "failure", role: "alert" });
  /** Cancels the requests for a list that is no longer shown. */
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
      const rows = page.items.map((session) => sessionRow(session, this.#user, (row) => this.#gone(row)));
      if (after === null) this.#rows.replaceChildren();
      this.#rows.append(...rows);
      this.#showRest(query, after, page.next, rows[0]);
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
    // The button may be gone: move the focus on to what it has shown.
    if (after !== null) first?.querySelector("a")?.focus();
    if (query) announce(count === 0 ? "No sessions found" : `${count}${next ? " or more" : ""} found`);
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

  /** The focus moves on to the next row: the next press of a key must not be lost. */
  #gone(row: HTMLElement): void {
    const hadFocus = row.contains(document.activeElement);
    const beside = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (hadFocus) (beside?.querySelector("a") ?? this.#search).focus();
    if (beside === null) this.load();
  }
}

function emptiness(query: string): HTMLElement[] {
  if (query) return [h("p", {}, `No sessions match “${query}”.`)];
  return [
    h("p", {}, h("strong", {}, "No sessions yet.")),
    h("p", {}, "Create one, or open a link that somebody sent you. Sessions shared with you will show up here."),
  ];
}
