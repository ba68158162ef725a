/** Sharing: the button, and the panel that shows who has access, and changes it. */

import type { Session } from "ot-collab";
import { Sharing } from "../../api/sharing.js";
import { h } from "../../dom.js";
import type { Entry } from "../../entry.js";
import { icon } from "../../icons.js";
import { popoverOf } from "../popover.js";
import { Facts } from "./facts.js";
import { GuestsView } from "./guests.js";
import { InviteForm } from "./invite.js";
import { LinksView } from "./links.js";
import { MembersView } from "./members.js";

/** @param left called after this person has left */
export function sharing(session: Session, entry: Entry, left: () => void): HTMLElement {
  const calls = new Sharing(entry.session, entry.token);
  const facts = new Facts(session, calls, () => show());
  const button = h("button", { type: "button", class: "primary small" }, icon("link"), "Share");
  const panel = popoverOf(button, "Share this session", "show");
  const invite = new InviteForm(calls, facts);
  const members = new MembersView(session, calls, facts, left);
  const guests = new GuestsView(session, calls);
  const links = new LinksView(entry, calls, facts);
  const failure = h("p", { class: "failure", role: "alert" });
  const show = (): void => {
    invite.element.hidden = !facts.mayShare;
    members.show();
    guests.show(facts.mayShare);
    links.show();
    failure.textContent = facts.failure;
  };
  const people = [invite.element, members.element, guests.element];
  // People who came by a link share by link: it comes first.
  const sections = entry.link === null ? [...people, links.element] : [links.element, ...people];
  panel.classList.add("sharing");
  panel.append(h("h2", {}, "Share this session"), ...sections, failure);
  panel.addEventListener("toggle", (event) => {
    const open = (event as ToggleEvent).newState === "open";
    facts.watch(open);
    // Messages are outdated when the panel is opened again.
    if (!open) for (const part of [invite, members, guests, links]) part.forget();
  });
  const elsewhere = ({ target }: Event): void => {
    if (!invite.element.contains(target as Node)) invite.forget();
  };
  panel.addEventListener("click", elsewhere);
  panel.addEventListener("change", elsewhere);
  button.addEventListener("click", () => void links.copyOwn());
  show();
  return h("div", { class: "share-place" }, button, panel);
}
