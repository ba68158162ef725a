/** The account page: username, email, password, signing out and deleting the account. */

import { account } from "../account.js";
import { changePassword, changeUser, type User } from "../api/account.js";
import { h, type Child } from "../dom.js";
import type { Go, Page } from "../page.js";
import { askingForm } from "./asking.js";
import {
  currentPasswordField,
  emailField,
  newPasswordField,
  ownerOfPasswords,
  PASSWORD_HINT,
  USERNAME_HINT,
  usernameField,
} from "./credentials.js";
import { door, field, hintedField } from "./door.js";
import { farewellForm } from "./farewell.js";

export function accountPage(user: User, go: Go): Page {
  const leave = (): void => {
    void account.signOut();
    go("/");
  };
  const element = door(
    "Your account",
    part("Username", usernameForm(user)),
    part("Email", emailForm(user)),
    part("Password", passwordForm(user)),
    part(
      "Sign out",
      h("p", { class: "explained" }, "Signs you out in all tabs of this browser. Unsent edits are kept here until you’re back."),
      h("button", { type: "button", click: leave }, "Sign out"),
    ),
    part("Delete account", farewellForm(user, go)),
  );
  return { title: "Your account – OT Collab", element, shown: () => element.querySelector("h1")?.focus() };
}

function part(heading: string, ...content: Child[]): HTMLElement {
  return h("section", { class: "part", "aria-label": heading }, h("h2", {}, heading), ...content);
}

function usernameForm({ username }: User): HTMLElement {
  const name = usernameField(username);
  const ask = async (): Promise<string> => {
    await account.renamed(await changeUser({ username: name.value }, account.token));
    return "Saved.";
  };
  return askingForm({ verb: "Change username", ask, look: "plain" }, hintedField("Username", name, USERNAME_HINT));
}

function emailForm({ email, username }: User): HTMLElement {
  const address = emailField(email);
  const password = currentPasswordField();
  const ask = async (): Promise<string> => {
    const changes = { email: address.value.trim(), password: password.value };
    await account.renamed(await changeUser(changes, account.token));
    password.value = "";
    return "Saved.";
  };
  return askingForm(
    { verb: "Change email", ask, look: "plain" },
    ownerOfPasswords(username),
    field("Email", address),
    field("Current password", password),
  );
}

function passwordForm({ username }: User): HTMLElement {
  const current = currentPasswordField();
  const chosen = newPasswordField();
  const ask = async (): Promise<string> => {
    await account.replaceTokens((token) => changePassword(current.value, chosen.value, token));
    current.value = chosen.value = "";
    return "Password changed. You’ve been signed out everywhere else.";
  };
  return askingForm(
    { verb: "Change password", ask, look: "plain" },
    ownerOfPasswords(username),
    field("Current password", current),
    hintedField("New password", chosen, PASSWORD_HINT),
  );
}
