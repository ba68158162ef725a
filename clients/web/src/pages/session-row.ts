/** A session in the user's list: its link, the others in it, and buttons to rename, delete or leave it. */

import { account } from "../account.js";
import { announce } from "../announce.js";
import type { User } from "../api/account.js";
import { changeSession, deleteSession, type ListedSession } from "../api/sessions.js";
import { Sharing } from "../api/sharing.js";
import { Attempt } from "../attempt.js";
import { h } from "../dom.js";
import { languageName } from "../editor/languages.js";
import { icon, type IconName } from "../icons.js";
import { questionOf } from "../question.js";
import { Renaming } from "../renaming.js";
import { sessionPath } from "../routes.js";
import { ROLE_NAMES } from "../session/roles.js";
import { ago } from "../time.js";
import { isUnsent } from "../visits.js";
import { unsentNote } from "./recent.js";

/** How many of the others are named; the rest are counted. */
const NAMED = 3;
const enumeration = new Intl.ListFormat("en");

/** @param gone called when it is no longer in the list */
export function sessionRow(session: ListedSession, user: User, gone: (row: HTMLElement) => void): HTMLElement {
  const title = h("span", { class: "list-title" }, session.title);
  const link = linkTo(session, title, user);
  const row = h("li", {}, link);
  if (session.role === "owner") row.append(...ownersTools(session, title, link, () => gone(row)));
  else row.append(...othersTools(session, user, () => gone(row)));
  return row;
}

function linkTo(session: ListedSession, title: HTMLElement, user: User): HTMLElement {
  const { id, language, role, people, visibility, updated_at } = session;
  const updated = h("time", { datetime: updated_at, title: new Date(updated_at).toLocaleString() }, ago(Date.parse(updated_at)));
  return h(
    "a",
    { href: sessionPath(id) },
    title,
    h("span", { class: "role" }, ROLE_NAMES[role]),
    h("span", { class: "note" }, languageName(language), " · ", updated, companyOf(people)),
    visibility === "link" ? h("span", { class: "note by-link" }, icon("link"), "By link") : null,
    isUnsent(id, user.id) ? unsentNote() : null,
  );
}

function companyOf({ count, others }: ListedSession["people"]): string {
  const named = others.slice(0, NAMED);
  const rest = count - 1 - named.length;
  if (rest > 0) named.push(rest === 1 ? "1 other" : `${rest} others`);
  return named.length > 0 ? ` · with ${enumeration.format(named)}` : "";
}

function ownersTools(session: ListedSession, shown: HTMLElement, link: HTMLElement, gone: () => void): HTMLElement[] {
  let { title } = session;
  const rename = async (wanted: string): Promise<void> => {
    ({ title } = await changeSession(session.id, { title: wanted }, account.token));
    shown.textContent = title;
    renaming.show(title);
    name();
    announce(`Renamed to ${title}`);
  };
  const attempt = new Attempt();
  const act = async (): Promise<void> => {
    if (!(await attempt.make(async () => void (await deleteSession(session.id, account.token))))) return;
    announce(`${title} was deleted`);
    gone();
  };
  const renaming = new Renaming(link, rename);
  const button = toolButton("bin");
  const words = "Delete for everybody, with its history?";
  const question = questionOf(button, { label: "Delete this session?", words, no: "Keep", yes: "Delete", act });
  const name = (): void => label(button, `Delete ${title}`);
  renaming.show(title);
  name();
  return [renaming.field, tools(renaming.button, button), question, renaming.failure, attempt.failure];
}

function othersTools({ id, title }: ListedSession, user: User, gone: () => void): HTMLElement[] {
  const attempt = new Attempt();
  const act = async (): Promise<void> => {
    if (!(await attempt.make(() => new Sharing(id, account.token).remove(user.id)))) return;
    announce(`You left ${title}`);
    gone();
  };
  const button = toolButton("leave");
  const words = "You can only come back if somebody invites you again.";
  const question = questionOf(button, { label: "Leave this session?", words, no: "Stay", yes: "Leave", act });
  label(button, `Leave ${title}`);
  return [tools(button), question, attempt.failure];
}

function tools(...buttons: HTMLElement[]): HTMLElement {
  return h("span", { class: "row-tools" }, ...buttons);
}

function toolButton(name: IconName): HTMLButtonElement {
  return h("button", { type: "button", class: "quiet icon-only" }, icon(name));
}

function label(button: HTMLElement, words: string): void {
  button.title = words;
  button.setAttribute("aria-label", words);
}
