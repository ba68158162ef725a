/** The connection will not come back by itself: why, and what a person can do. */

import type { Connection } from "ot-collab";
import { h } from "../dom.js";
import { icon } from "../icons.js";

interface Ending {
  readonly why: string;
  readonly action: "reopen" | "rejoin" | "start";
}

const REOPEN = { action: "reopen" } as const;

const ENDINGS: Readonly<Record<string, Ending>> = {
  replaced: { why: "This session was opened again elsewhere, and goes on there.", ...REOPEN },
  forbidden: { why: "You have no access to this session any more.", action: "rejoin" },
  not_authenticated: { why: "Your access to this session has ended.", action: "rejoin" },
  no_such_session: { why: "This session does not exist any more.", action: "start" },
  too_big: { why: "An edit was larger than this server takes.", ...REOPEN },
};

const OTHERWISE: Ending = { why: "The server ended the connection.", ...REOPEN };

const VERBS = { reopen: "Open it here again", rejoin: "Join again", start: "Go to the start page" } as const;

export type Actions = Readonly<Record<Ending["action"], () => void>>;

export function endedView(connection: Connection, actions: Actions): HTMLElement {
  const element = h("section", { class: "ended", "aria-label": "Closed", hidden: true });
  connection.on("status", ({ state, reason }) => {
    if (state !== "closed" || reason === "left" || !element.hidden) return;
    const { why, action } = ENDINGS[reason ?? ""] ?? OTHERWISE;
    const shown = connection.revision !== null;
    const rest = shown && !connection.status.synchronized ? " Your last edits were not sent: copy what you need from below." : "";
    const button = h("button", { type: "button", click: actions[action] }, VERBS[action]);
    element.append(icon("closed"), h("p", { role: "alert" }, why + rest), button);
    element.hidden = false;
  });
  return element;
}
