/** Deletes the account, after saying what happens to its sessions. */

import { account } from "../account.js";
import { deleteUser, type SessionTitle, type User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { h } from "../dom.js";
import type { Go } from "../page.js";
import { sessionPath } from "../routes.js";
import { askingForm } from "./asking.js";
import { currentPasswordField, ownerOfPasswords } from "./credentials.js";
import { field } from "./door.js";

export function farewellForm({ username }: User, go: Go): HTMLElement {
  const password = currentPasswordField();
  const agreed = h("input", { type: "checkbox", name: "delete-sessions" });
  const titles = h("ul", { class: "list titles" });
  const owned = h(
    "div",
    { class: "owned", hidden: true },
    h("p", {}, "You’re the only owner of these sessions. To keep one, open it, choose Share and add another owner:"),
    titles,
    h("label", { class: "check" }, agreed, "Delete these sessions and their history for everybody"),
  );
  const ask = async (): Promise<void> => {
    try {
      const { deleted_sessions } = await deleteUser(password.value, agreed.checked, account.token);
      account.gone();
      go("/", farewell(deleted_sessions.length));
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== "owns_sessions") throw error;
      titles.replaceChildren(...(error.members["sessions"] as SessionTitle[]).map(titleRow));
      owned.hidden = false;
      agreed.focus();
    }
  };
  return h(
    "div",
    {},
    h(
      "p",
      { class: "explained" },
      "You’ll lose access to all your sessions. Sessions with another owner stay, and what you wrote there is shown as a deleted user’s. Before any others are deleted, we’ll ask you. This can’t be undone.",
    ),
    askingForm(
      { verb: "Delete account", ask, look: "danger" },
      ownerOfPasswords(username),
      field("Current password", password),
      owned,
    ),
  );
}

function titleRow({ id, title }: SessionTitle): HTMLElement {
  return h("li", {}, h("a", { href: sessionPath(id) }, h("span", { class: "list-title" }, title)));
}

function farewell(deleted: number): string {
  if (deleted === 0) return "Your account has been deleted.";
  return `Your account and ${deleted === 1 ? "one session" : `${deleted} sessions`} have been deleted.`;
}
