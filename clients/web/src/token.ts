/** A visit's token: kept fresh, so that who comes back within weeks is the same participant. */

import { CallFailed } from "./api/call.js";
import { join } from "./api/sessions.js";
import { keep, visitBySession, visitOf, type Visit } from "./visits.js";

/** A token older than this, in milliseconds, is changed for another whenever there is a chance. */
const FRESH_FOR = 24 * 3600 * 1000;

/** What gives the connection its tokens. */
export function tokenOf({ session }: Visit): (fresh: boolean) => Promise<string> {
  return async (fresh) => {
    const visit = visitBySession(session);
    if (!visit) throw new Error("this visit has been forgotten");
    if (!fresh && Date.now() - visit.since < FRESH_FOR) return visit.token;
    try {
      return await renew(visit);
    } catch (error) {
      // Without a connection one waits for it; a link that is gone leaves the old token.
      if (fresh && error instanceof CallFailed && error.code === "unreachable") throw error;
      return visit.token;
    }
  };
}

async function renew(visit: Visit): Promise<string> {
  const access = await join(visit.link, { name: visit.name }, visit.token);
  // Whoever the server takes for somebody else stays who they are until they choose to join again.
  if (access.participant.id !== visit.participant) return visit.token;
  keep({ ...visitOf(visit.link, access), opened: visit.opened });
  return access.token;
}
