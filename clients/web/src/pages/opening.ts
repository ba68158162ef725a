/** Opening a session: as the user who is signed in, or as the guest that this browser was there. */

import { account } from "../account.js";
import type { User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { readSession } from "../api/sessions.js";
import { guestEntry, userEntry } from "../entry.js";
import type { Go, Page } from "../page.js";
import { isUnsaved, isUnsent, keep, type Visit } from "../visits.js";
import { problemPage } from "./problem.js";
import { sessionPage } from "./session.js";

export function guestSession(visit: Visit, go: Go): () => Page {
  return () => {
    keep({ ...visit, opened: Date.now() });
    return sessionPage(guestEntry(visit), go);
  };
}

/** What is unsent or was refused is shown also where one has no access any more; without the server all that this browser has. */
export async function userSession(session: string, user: User, go: Go): Promise<() => Page> {
  let known = { title: "", language: "" };
  try {
    known = await readSession(session, account.token);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const isClosed = error.code === "forbidden" || error.code === "no_such_session";
    const hasWork = isUnsent(session, user.id) || isUnsaved(session, user.id);
    if (isClosed && !hasWork) return () => closedPage(error.code, user, go);
  }
  return () => sessionPage(userEntry(session, user, known.title, known.language), go);
}

function closedPage(code: string, { username }: User, go: Go): Page {
  if (code === "forbidden") {
    return problemPage(go, "You have no access to this session any more", "Ask one of its owners to let you in again.");
  }
  const advice = `Ask for a link, or whether it was shared with another account than ${username}.`;
  return problemPage(go, "There is no such session, or it isn’t shared with you", advice);
}
