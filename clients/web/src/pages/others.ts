/** Who else is in the sessions of a list, told after the list is shown. */

import { account } from "../account.js";
import { call, CallFailed } from "../api/call.js";
import { queryString, sessionPathOf, type Paged, type SessionView } from "../api/sessions.js";
import type { Member } from "../api/sharing.js";

/** So many are named, oneself left out. */
const NAMED = 3;

interface Row {
  readonly session: SessionView;
  readonly people: HTMLElement;
}

/** One session after the other: the list can be used meanwhile, and goes without what can't be had. */
export async function othersIn(rows: readonly Row[], own: string, signal: AbortSignal): Promise<void> {
  for (const { session, people } of rows) {
    if (signal.aborted) return;
    const names = await namesIn(session.id, own);
    const named = names.slice(0, NAMED).join(", ");
    if (named) people.textContent = ` · with ${named}${names.length > NAMED ? " and others" : ""}`;
  }
}

/** At most one more than are named. */
async function namesIn(session: string, own: string): Promise<string[]> {
  const path = `${sessionPathOf(session)}/members${queryString({ limit: NAMED + 2 })}`;
  try {
    const { items } = await call<Paged<Member>>("GET", path, { as: account.token });
    return items.filter(({ user_id }) => user_id !== own).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return [];
  }
}
