/** Opening a session: as the user who is signed in, or as the guest that this browser was before. */

import { account } from "../account.js";
import type { User } from "../api/account.js";
import { CallFailed } from "../api/call.js";
import { readSession } from "../api/sessions.js";
import { guestEntry, userEntry } from "../entry.js";
import type { Go, Page } from "../page.js";
import { isUnsaved, isUnsent, keep, type Visit } from "../visits.js";
import { missingPage } from "./missing.js";
import { sessionPage } from "./session.js";

export function guestSession(visit: Visit, go: Go): () => Page {
  return () => {
    keep({ ...visit, opened: Date.now() });
    return sessionPage(guestEntry(visit), go);
  };
}

/** Without access the page still shows unsent and refused edits; without the server, all that this browser has. */
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
    return missingPage(go, "You no longer have access to this session", "Ask one of its owners to let you back in.");
  }
  const advice = `Ask for a link, or check whether it was shared with an account other than ${username}.`;
  return missingPage(go, "This session doesn’t exist or isn’t shared with you", advice);
}
