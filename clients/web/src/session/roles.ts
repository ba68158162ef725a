/** What roles are called, what they allow, and how one is chosen. */

import type { Connection, Role } from "ot-collab";
import { h } from "../dom.js";

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: "Owner",
  editor: "Can edit",
  viewer: "Can view",
};

/** What somebody with this role may do from now on, after "you" or "whoever has it". */
export const ROLE_RIGHTS: Readonly<Record<Role, string>> = {
  owner: "can share and edit",
  editor: "can edit",
  viewer: "can view, not edit",
};

/** Whether one may change title and language, as long as one is here. */
export function mayChange({ role, status }: Connection): boolean {
  return (role === "owner" || role === "editor") && status.state !== "closed";
}

export function roleSelect(label: string, roles: readonly Role[], chosen: Role): HTMLSelectElement {
  const options = roles.map((role) => h("option", { value: role, selected: role === chosen }, ROLE_NAMES[role]));
  return h("select", { "aria-label": label }, ...options);
}
