/** The sign-up page; it then goes on to the address that was wanted. */

import { account } from "../account.js";
import { register } from "../api/account.js";
import { h } from "../dom.js";
import type { Page } from "../page.js";
import { signPath } from "../routes.js";
import { askingForm } from "./asking.js";
import { emailField, newPasswordField, PASSWORD_HINT, USERNAME_HINT, usernameField } from "./credentials.js";
import { door, hintedField } from "./door.js";

export function signUpPage(next: string): Page {
  const username = usernameField();
  const email = emailField();
  const password = newPasswordField();
  const ask = async (): Promise<void> =>
    account.signedIn(await register({ username: username.value, email: email.value.trim(), password: password.value }));
  const element = door(
    "Create an account",
    h("p", { class: "lead" }, "Keep your sessions in one place, and decide who can view and edit them."),
    askingForm(
      { verb: "Sign up", ask },
      hintedField("Username", username, USERNAME_HINT),
      hintedField("Email", email, "Others can invite you by it. It’s never shown to anybody."),
      hintedField("Password", password, PASSWORD_HINT),
    ),
    h("p", { class: "aside" }, "Have an account? ", h("a", { href: signPath("signin", next) }, "Sign in")),
  );
  return { title: "Sign up – OT Collab", element, shown: () => username.focus() };
}
