/** When this page and the server have one text. */

import { Refused, type Session } from "ot-collab";

/**
 * Resolves once the server has all that is shown; what it refuses meanwhile is not shown any more.
 *
 * @throws OTError the session is closed
 */
export async function agreement(session: Pick<Session, "synchronized">): Promise<void> {
  for (;;) {
    try {
      return await session.synchronized();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}
