/** The names of roles, what they allow, and the field to choose one. */

import type { Role, Session } from "ot-collab";
import { h } from "../dom.js";

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: "Owner",
  editor: "Can edit",
  viewer: "Can view",
};

/** What somebody with this role can do, as in "you can edit". */
export const ROLE_RIGHTS: Readonly<Record<Role, string>> = {
  owner: "can edit and share",
  editor: "can edit",
  viewer: "can view",
};

/** Whether this participant may change title and language now. */
export function mayChange({ role, status }: Session): boolean {
  return (role === "owner" || role === "editor") && status.state !== "closed";
}

export function roleSelect(label: string, roles: readonly Role[], chosen: Role): HTMLSelectElement {
  const options = roles.map((role) => h("option", { value: role, selected: role === chosen }, ROLE_NAMES[role]));
  return h("select", { "aria-label": label }, ...options);
}
