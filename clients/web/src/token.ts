/** A visit's token: kept fresh, so that a guest who comes back weeks later is the same participant. */

import { CallFailed } from "./api/call.js";
import { join } from "./api/sessions.js";
import { keep, visitBySession, visitOf, type Visit } from "./visits.js";

/** Tokens older than this, in milliseconds, are exchanged when there is a chance. */
const FRESH_FOR = 24 * 3600 * 1000;

/** Returns the function that gives the connection its tokens. */
export function tokenOf({ session }: Visit): (fresh: boolean) => Promise<string> {
  return async (fresh) => {
    const visit = visitBySession(session);
    if (!visit) throw new Error("this visit has been forgotten");
    if (!fresh && Date.now() - visit.since < FRESH_FOR) return visit.token;
    try {
      return await renew(visit);
    } catch (error) {
      // If the server can't be reached, try again later. If the link is gone, the old token stays.
      if (fresh && error instanceof CallFailed && error.code === "unreachable") throw error;
      return visit.token;
    }
  };
}

async function renew(visit: Visit): Promise<string> {
  const access = await join(visit.link, { name: visit.name }, visit.token);
  // If the server takes the guest for somebody new, they stay who they are until they join again.
  if (access.participant.id !== visit.participant) return visit.token;
  keep({ ...visitOf(visit.link, access), opened: visit.opened });
  return access.token;
}
