/** The fields of an account: what browsers fill in, and what the server accepts. */

import { h } from "../dom.js";

export const USERNAME_HINT = "3 to 32 letters, digits, _ . or -";
export const PASSWORD_HINT = "At least 12 characters. A few random words work well.";

export function usernameField(value = ""): HTMLInputElement {
  return h("input", {
    name: "username",
    value,
    required: true,
    minlength: 3,
    maxlength: 32,
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
    maxlength: 254,
    autocomplete: "email",
    "data-causes": "email_taken",
  });
}

export function newPasswordField(): HTMLInputElement {
  return h("input", {
    name: "new-password",
    type: "password",
    required: true,
    minlength: 12,
    maxlength: 128,
    autocomplete: "new-password",
    "data-causes": "weak_password",
  });
}

export function currentPasswordField(): HTMLInputElement {
  return h("input", {
    name: "password",
    type: "password",
    required: true,
    maxlength: 128,
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
