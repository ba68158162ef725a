/** A share link: what it is good for, to be copied and, by owners, revoked. */

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
  /** Null where one isn't told. */
  readonly role: Role | null;
  /** RFC 3339; null is never. */
  readonly expires_at: string | null;
}

export interface LinkRow extends Row<ShownLink> {
  /** Put it into the clipboard, and say so. */
  copy(): Promise<void>;
}

/**
 * @param revoke null for who may not
 * @param copying is called when this one is about to be copied
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
    outcome.replaceChildren(...(copied ? [icon("check"), "Copied."] : ["Copy it from above."]));
    if (!copied) address.select();
  };
  const revokeIt = async (): Promise<void> => {
    if (revoke && (await attempt.make(revoke))) announce("The link is revoked. Whoever came by it is out.");
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
    rights.textContent = `Whoever has it ${can}.${expires_at === null ? "" : ` ${ending(Date.parse(expires_at))}`}`;
  };
  const forget = (): void => {
    outcome.replaceChildren();
    attempt.forget();
  };
  return { element, show, copy: copyIt, forget };
}

function ending(time: number): string {
  return time <= Date.now() ? "It has ended." : `Ends ${ahead(time)}.`;
}
