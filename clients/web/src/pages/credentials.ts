/** The fields of an account: what browsers fill in, and what the server accepts. */

import { h } from "../dom.js";
import { LIMITS } from "../limits.js";

export const USERNAME_HINT = `${LIMITS.usernameLeast} to ${LIMITS.username} letters, digits, _ . or -`;
export const PASSWORD_HINT = `At least ${LIMITS.passwordLeast} characters. A few random words work well.`;

export function usernameField(value = ""): HTMLInputElement {
  return h("input", {
    name: "username",
    value,
    required: true,
    minlength: LIMITS.usernameLeast,
    maxlength: LIMITS.username,
    pattern: "[A-Za-z0-9_.\\-]+",
    title: USERNAME_HINT,
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    "data-causes": "username_taken",
  });
}

export function emailField(value = ""): HTMLInputElement {
  return h("input", {
    name: "email",
    type: "email",
    value,
    required: true,
    maxlength: LIMITS.email,
    autocomplete: "email",
    "data-causes": "email_taken",
  });
}

export function newPasswordField(): HTMLInputElement {
  return h("input", {
    name: "new-password",
    type: "password",
    required: true,
    minlength: LIMITS.passwordLeast,
    maxlength: LIMITS.password,
    autocomplete: "new-password",
    "data-causes": "weak_password",
  });
}

export function currentPasswordField(): HTMLInputElement {
  return h("input", {
    name: "password",
    type: "password",
    required: true,
    maxlength: LIMITS.password,
    autocomplete: "current-password",
    "data-causes": "wrong_password wrong_credentials",
  });
}

/** Tells the browser, which keeps passwords, whose password is in the form. */
export function ownerOfPasswords(username: string): HTMLInputElement {
  return h("input", {
    class: "for-ears",
    "aria-hidden": "true",
    tabindex: -1,
    readonly: true,
    autocomplete: "username",
    value: username,
  });
}
