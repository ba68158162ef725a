/**
 * connect: open a session in this tab, and finish what closed tabs left unsent.
 *
 * One client that a closed tab left behind becomes this tab's own.  The others of the same
 * participant are drained, as soon as no tab holds them: one by one, each by a connection
 * without an editor, under the client id that its edits belong to.
 */

import { ClientIds, type ClaimedClient } from "./client-ids.js";
import { Connection } from "../connection.js";
import { settle, type ConnectionOptions } from "./options.js";
import { UnsavedTexts } from "./unsaved.js";

/** Join a session. The connection begins by itself; `close` ends it. */
export function connect(options: ConnectionOptions): Connection {
  const settings = settle(options);
  const clientIds = new ClientIds(settings.archive, settings.locks);
  const unsaved = new UnsavedTexts(settings.archive);
  const start = (): Connection => new Connection(settings, clientIds, unsaved);
  const connection = start();
  void begin(connection, clientIds, start);
  return connection;
}

async function begin(connection: Connection, clientIds: ClientIds, start: () => Connection): Promise<void> {
  connection.open(await clientIds.first());
  const left = new AbortController();
  const leave = ({ state }: { state: string }): void => {
    if (state === "closed") left.abort();
  };
  connection.on("status", leave);
  leave(connection.status);

  let before = Promise.resolve();
  for (const id of clientIds.others()) {
    void clientIds.left(id, left.signal).then((claimed) => {
      if (claimed) before = before.then(() => drain(claimed, start(), left.signal));
    });
  }
}

/** Send what is stored for a client, then leave. */
async function drain(claimed: ClaimedClient, connection: Connection, left: AbortSignal): Promise<void> {
  const close = (): void => connection.close();
  left.addEventListener("abort", close);
  if (left.aborted) close();
  connection.open(claimed);
  await connection.synchronized().catch(() => undefined);
  left.removeEventListener("abort", close);
  close();
}
