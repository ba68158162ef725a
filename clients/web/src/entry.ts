/** How this browser enters a session: as whom, and with which tokens. */

import { account } from "./account.js";
import { tokenOf } from "./token.js";
import type { User } from "./api/account.js";
import type { Visit } from "./visits.js";

export interface Entry {
  readonly session: string;
  /** The title when this browser last saw it; empty if it never has. */
  readonly title: string;
  readonly language: string;
  /** Whose unsent edits are kept: the guest's participant id, or the user's id. */
  readonly participant: string;
  /** A guest's name; null for the user. */
  readonly name: string | null;
  /** The last part of the share link that a guest came by; null for the user. */
  readonly link: string | null;
  readonly token: (fresh: boolean) => Promise<string>;
}

export function guestEntry(visit: Visit): Entry {
  const { session, title, language, participant, name, link } = visit;
  return { session, title, language, participant, name, link, token: tokenOf(visit) };
}

export function userEntry(session: string, user: User, title: string, language: string): Entry {
  return { session, title, language, participant: user.id, name: null, link: null, token: account.token };
}
