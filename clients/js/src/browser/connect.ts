/**
 * connect: open a session in this tab, and finish what closed tabs left unsent.
 *
 * One client that a closed tab left behind becomes this tab's own.  The others of the same
 * participant are drained, as soon as no tab holds them: one by one, each by a session
 * without an editor, under the client id that its edits belong to.
 */

import { ClientIds, type ClaimedClient } from "./client-ids.js";
import type { Machine } from "../session/machine.js";
import { Session } from "../session/session.js";
import { settle, type ConnectOptions } from "./options.js";
import { Socket } from "./socket.js";
import { UnsavedTexts } from "./unsaved.js";

/** Join a session. It connects by itself, and comes back by itself; `close` ends it. */
export function connect(options: ConnectOptions): Session {
  const settings = settle(options);
  const clientIds = new ClientIds(settings.archive, settings.locks);
  const unsaved = new UnsavedTexts(settings.archive);
  const socket = (machine: Machine, settle: () => void): Socket => new Socket(machine, settings, settle);
  const start = (): Session => new Session({ ...settings, clientIds, socket }, unsaved);
  const session = start();
  void begin(session, clientIds, start);
  return session;
}

async function begin(session: Session, clientIds: ClientIds, start: () => Session): Promise<void> {
  session.open(await clientIds.first());
  const left = new AbortController();
  const leave = ({ state }: { state: string }): void => {
    if (state === "closed") left.abort();
  };
  session.on("status", leave);
  leave(session.status);

  let before = Promise.resolve();
  for (const id of clientIds.others()) {
    void clientIds.left(id, left.signal).then((claimed) => {
      if (claimed) before = before.then(() => drain(claimed, start(), left.signal));
    });
  }
}

/** Send what is stored for a client, then leave. */
async function drain(claimed: ClaimedClient, session: Session, left: AbortSignal): Promise<void> {
  const close = (): void => session.close();
  left.addEventListener("abort", close);
  if (left.aborted) close();
  session.open(claimed);
  // Where something is refused, what was typed after it is still to be sent.
  do await session.synchronized().catch(() => undefined);
  while (session.status.state !== "closed" && !session.status.synchronized);
  left.removeEventListener("abort", close);
  close();
}
