/** The calls that make, list, change and join sessions. */

import type { Participant, Role, SessionInfo, TokenSource } from "ot-collab";
import { call } from "./call.js";

export type Visibility = "private" | "link";

/** A session, as seen by somebody with a role in it. */
export interface SessionView {
  readonly id: string;
  readonly title: string;
  readonly language: string;
  readonly visibility: Visibility;
  /** The caller's own role. */
  readonly role: Role;
  /** RFC 3339. */
  readonly created_at: string;
  /** RFC 3339; about: not every edit moves it. */
  readonly updated_at: string;
}

/** The same, as it is in the list of the user's sessions. */
export interface ListedSession extends SessionView {
  readonly people: {
    /** How many users have a role, the caller included. */
    readonly count: number;
    /** The names of the first few others. */
    readonly others: readonly string[];
  };
}

/** A part of a long list. */
export interface Paged<Item> {
  readonly items: Item[];
  /** Pass this as `after` to get the next part; null on the last one. */
  readonly next: string | null;
}

/** Access to a session that was just made or joined. */
export interface Access {
  readonly session: SessionInfo;
  readonly token: string;
  readonly participant: Participant;
}

export function createSession(wishes: { title?: string; language: string }, as: TokenSource): Promise<SessionView> {
  return call("POST", "/sessions", { body: wishes, as });
}

/** The user's sessions, the last updated first; `query` is a part of the title, in any case. */
export function listSessions(
  wanted: { query?: string; limit?: number; after?: string },
  as: TokenSource,
): Promise<Paged<ListedSession>> {
  return call("GET", `/sessions${queryString(wanted)}`, { as });
}

export function readSession(session: string, as: TokenSource): Promise<SessionView> {
  return call("GET", sessionPathOf(session), { as });
}

export function changeSession(
  session: string,
  changes: { title?: string; language?: string; visibility?: Visibility; run?: boolean },
  as: TokenSource,
): Promise<SessionView> {
  return call("PATCH", sessionPathOf(session), { body: changes, as });
}

export function deleteSession(session: string, as: TokenSource): Promise<null> {
  return call("DELETE", sessionPathOf(session), { as });
}

/** Make a private session of the user's own from another session's text. */
export function forkSession(
  session: string,
  wishes: { title?: string; revision?: number },
  as: TokenSource,
): Promise<SessionView> {
  return call("POST", `${sessionPathOf(session)}/fork`, { body: wishes, as });
}

export function createRoom(wishes: {
  title?: string;
  language: string;
  name: string;
}): Promise<Access & { link: string }> {
  return call("POST", "/rooms", { body: wishes });
}

/**
 * Join by a share link, as a user or as a guest.
 *
 * @param wishes.name a guest's name
 * @param as a user's tokens, or a guest's earlier ones, to be the same participant again
 */
export function join(link: string, wishes: { name?: string }, as?: TokenSource): Promise<Access & { role: Role }> {
  return call("POST", `/join/${encodeURIComponent(link)}`, { body: wishes, ...(as !== undefined && { as }) });
}

/** The path of the calls about a session. */
export function sessionPathOf(session: string): string {
  return `/sessions/${encodeURIComponent(session)}`;
}

/** A query string of the values that are defined, with its question mark. */
export function queryString(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length > 0 ? `?${query.toString()}` : "";
}
