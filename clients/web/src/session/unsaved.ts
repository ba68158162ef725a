/** Edits that the server did not accept, offered as text until the person dismisses them. */

import type { Operation, Session, Unsaved } from "ot-collab";
import { copy } from "../clipboard.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";

const REASONS: Readonly<Record<string, string>> = {
  too_large: "It would have made the text larger than the server allows.",
  too_big: "It was larger than the server allows.",
  forbidden: "You were no longer allowed to edit.",
  restored: "It is from before a backup was restored.",
  lineage: "The server’s copy of the session was replaced.",
  diverged: "This copy of the text no longer matched the server’s.",
  outdated: "This browser’s copy was out of date. The edit may already be saved.",
  refused: "The server refused it.",
  client_taken: "Another tab took over before the server answered. The edit may already be saved.",
  history_trimmed: "You were away too long to merge it.",
  no_such_session: "The session no longer exists.",
  left: "You left before it was saved.",
  replaced: "The session was opened somewhere else before it was saved.",
  not_authenticated: "Your access ended before it was saved.",
};

export class UnsavedView {
  readonly element = h("section", { class: "unsaved", "aria-label": "Not saved" });
  readonly #session: Session;
  readonly #make: (operation: Operation) => void;
  readonly #rows = new Map<string, HTMLElement>();

  /** @param make does an operation in the editor, as its user's */
  constructor(session: Session, make: (operation: Operation) => void) {
    this.#session = session;
    this.#make = make;
    session.on("unsaved", () => this.#show());
    this.#show();
  }

  /** Add what is new; what is shown stays as it is, because somebody may be reading it. */
  #show(): void {
    const list = this.#session.unsaved;
    for (const unsaved of list) {
      if (this.#rows.has(unsaved.id)) continue;
      const row = this.#row(unsaved);
      this.#rows.set(unsaved.id, row);
      this.element.append(row);
    }
    this.element.hidden = list.length === 0;
  }

  #row({ id, reason, text }: Unsaved): HTMLElement {
    const copyButton = h("button", { type: "button" }, icon("copy"), "Copy");
    const outcome = h("span", { class: "note", role: "status" });
    const copyText = async (): Promise<void> => {
      outcome.textContent = (await copy(text)) ? "Copied" : "Select the text to copy it";
    };
    copyButton.addEventListener("click", () => void copyText());
    const putBack = (): void => {
      const operation = this.#session.offer(id);
      if (operation === null) outcome.textContent = "Its place is not known any more: copy it";
      else if (operation.isNoop) outcome.textContent = "It is in the text already";
      else if (this.#session.editable) this.#make(operation);
      else outcome.textContent = "The text can’t be edited now";
    };
    const dismiss = (): void => {
      this.#session.dismiss(id);
      this.#rows.get(id)?.remove();
      this.#rows.delete(id);
      this.#show();
    };
    return h(
      "article",
      {},
      h("p", {}, icon("alert"), h("strong", {}, "This was not saved. "), REASONS[reason] ?? `The server refused it (${reason}).`),
      h("pre", { tabindex: 0, "aria-label": "Text that was not saved" }, text),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", click: putBack }, "Put back"),
        copyButton,
        h("button", { type: "button", click: dismiss }, "Dismiss"),
        outcome,
      ),
    );
  }
}
