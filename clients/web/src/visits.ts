/**
 * The sessions that this browser has been in as a guest, and as whom.
 *
 * A visit keeps its token, so that a reloaded or reopened tab is the same participant and
 * finds its unsent edits.
 */

import { browserStorage, unsavedSessions, unsentSessions, type KeptEdits } from "ot-collab";
import type { Access } from "./api/sessions.js";
import { remember, remembered } from "./remembered.js";

export interface Visit {
  readonly session: string;
  /** The last part of the share link. */
  readonly link: string;
  readonly title: string;
  readonly language: string;
  readonly participant: string;
  readonly name: string;
  readonly token: string;
  /** When the token was given, in milliseconds since 1970. */
  readonly since: number;
  /** When the session was last opened, in milliseconds since 1970. */
  readonly opened: number;
}

const MOST = 50;

/** All visits, the latest first. */
export function visits(): Visit[] {
  try {
    const list: unknown = JSON.parse(remembered("visits") ?? "[]");
    return Array.isArray(list) ? (list as Visit[]).sort((a, b) => b.opened - a.opened) : [];
  } catch {
    return [];
  }
}

export function visitByLink(link: string): Visit | null {
  return visits().find((visit) => visit.link === link) ?? null;
}

export function visitBySession(session: string): Visit | null {
  return visits().find((visit) => visit.session === session) ?? null;
}

export function visitOf(link: string, { session, participant, token }: Access): Visit {
  const { id, title, language } = session;
  const now = Date.now();
  return {
    session: id,
    link,
    title,
    language,
    participant: participant.id,
    name: participant.name,
    token,
    since: now,
    opened: now,
  };
}

/** Keep a visit; it replaces an earlier one to the same session. The oldest are forgotten, except those with unsent edits. */
export function keep(visit: Visit): void {
  const list = [visit, ...visits().filter(({ session }) => session !== visit.session)];
  const unsentOnes = unsentVisits();
  save(list.filter((one, i) => i < MOST || unsentOnes.has(one.session)));
}

export function forgetVisit(session: string): void {
  save(visits().filter((visit) => visit.session !== session));
}

/** The sessions with edits that the server has not confirmed. */
export function unsentVisits(): ReadonlySet<string> {
  return new Set(unsent().map(({ session }) => session));
}

/** Whether a guest or user has edits that the server has not confirmed. */
export function isUnsent(session: string, participant: string): boolean {
  return unsent().some((edits) => edits.session === session && edits.participant === participant);
}

/** Whether they have text that was not saved and that nobody has dismissed. */
export function isUnsaved(session: string, participant: string): boolean {
  const storage = browserStorage();
  const unsaved = storage ? unsavedSessions(storage) : [];
  return unsaved.some((edits) => edits.session === session && edits.participant === participant);
}

function unsent(): KeptEdits[] {
  const storage = browserStorage();
  return storage ? unsentSessions(storage) : [];
}

function save(list: readonly Visit[]): void {
  remember("visits", JSON.stringify(list));
}
