/** A share link: what it allows, and buttons to copy it and, for owners, to revoke it. */

import type { Role } from "ot-collab";
import { announce } from "../../announce.js";
import { copy } from "../../clipboard.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { joinPath } from "../../routes.js";
import { ahead } from "../../time.js";
import { ROLE_RIGHTS } from "../roles.js";
import { Attempt } from "../../attempt.js";
import type { Row } from "./rows.js";

export interface ShownLink {
  readonly link: string;
  /** Null if it isn't known. */
  readonly role: Role | null;
  /** RFC 3339; null: it never expires. */
  readonly expires_at: string | null;
}

export interface LinkRow extends Row<ShownLink> {
  /** Copy it to the clipboard, and say so. */
  copy(): Promise<void>;
}

/**
 * @param revoke null for people who may not
 * @param copying called before this link is copied
 */
export function linkRow(first: ShownLink, revoke: (() => Promise<void>) | null, copying: () => void): LinkRow {
  const attempt = new Attempt();
  const url = new URL(joinPath(first.link), location.href).href;
  const address = h("input", { type: "text", readonly: true, value: url, "aria-label": "Share link" });
  const outcome = h("span", { role: "status" });
  const rights = h("span", {});
  const copyIt = async (): Promise<void> => {
    copying();
    const copied = await copy(url);
    outcome.replaceChildren(...(copied ? [icon("check"), "Copied."] : ["Select the link to copy it."]));
    if (!copied) address.select();
  };
  const revokeIt = async (): Promise<void> => {
    if (revoke && (await attempt.make(revoke))) announce("Link revoked. Everybody who joined by it was removed.");
  };
  address.addEventListener("focus", () => address.select());
  const element = h(
    "li",
    { class: "link" },
    address,
    h("button", { type: "button", click: () => void copyIt() }, icon("copy"), "Copy"),
    h("span", { class: "note" }, outcome, rights),
    revoke && h("button", { type: "button", class: "quiet", click: () => void revokeIt() }, "Revoke"),
    attempt.failure,
  );
  const show = ({ role, expires_at }: ShownLink): void => {
    const can = role === null ? "can join" : ROLE_RIGHTS[role];
    rights.textContent = `Anybody with this link ${can}.${expires_at === null ? "" : ` ${ending(Date.parse(expires_at))}`}`;
  };
  const forget = (): void => {
    outcome.replaceChildren();
    attempt.forget();
  };
  return { element, show, copy: copyIt, forget };
}

function ending(time: number): string {
  return time <= Date.now() ? "It has expired." : `Expires ${ahead(time)}.`;
}
