/** The sign-in page; it then goes on to the address that was wanted. */

import { account } from "../account.js";
import { signIn } from "../api/account.js";
import { h } from "../dom.js";
import type { Page } from "../page.js";
import { signPath } from "../routes.js";
import { askingForm } from "./asking.js";
import { currentPasswordField } from "./credentials.js";
import { door, field, noticeOf } from "./door.js";
import { LIMITS } from "../limits.js";

/** @param notice why signing in is needed */
export function signInPage(next: string, notice = ""): Page {
  const name = h("input", {
    name: "username",
    required: true,
    maxlength: LIMITS.email,
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const password = currentPasswordField();
  const ask = async (): Promise<void> => account.signedIn(await signIn(name.value.trim(), password.value));
  const element = door(
    "Sign in",
    noticeOf(notice),
    askingForm({ verb: "Sign in", ask }, field("Username or email", name), field("Password", password)),
    h("p", { class: "aside" }, "No account yet? ", h("a", { href: signPath("signup", next) }, "Sign up")),
  );
  return { title: "Sign in – OT Collab", element, shown: () => name.focus() };
}
