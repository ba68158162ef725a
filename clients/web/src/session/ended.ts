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
  forbidden: { why: "Your access to this session was taken away.", action: "start" },
  not_authenticated: { why: "Your access to this session has ended.", ...REOPEN },
  no_such_session: { why: "This session does not exist any more.", action: "start" },
  too_big: { why: "An edit was larger than this server takes.", ...REOPEN },
};

/** A guest may come back by the link, as somebody new. */
const ENDINGS_OF_GUESTS: typeof ENDINGS = {
  ...ENDINGS,
  forbidden: { why: "You were sent out of this session, or the link you came by is no longer good.", action: "rejoin" },
  not_authenticated: { why: "Your access to this session has ended.", action: "rejoin" },
};

const OTHERWISE: Ending = { why: "The server ended the connection.", ...REOPEN };

const VERBS = { reopen: "Open it here again", rejoin: "Join again", start: "Go to the start page" } as const;

export type Actions = Readonly<Record<Ending["action"], () => void>>;

export function endedView(connection: Connection, isGuest: boolean, actions: Actions): HTMLElement {
  const element = h("section", { class: "ended", "aria-label": "Closed", hidden: true });
  const endings = isGuest ? ENDINGS_OF_GUESTS : ENDINGS;
  connection.on("status", ({ state, reason }) => {
    if (state !== "closed" || reason === "left" || !element.hidden) return;
    const { why, action } = endings[reason ?? ""] ?? OTHERWISE;
    const button = h("button", { type: "button", click: actions[action] }, VERBS[action]);
    element.append(icon("closed"), h("p", { role: "alert" }, why + whatIsLeft(connection)), button);
    element.hidden = false;
  });
  return element;
}

/** What may still be had from a session that is closed. */
function whatIsLeft({ revision, status, unsaved }: Connection): string {
  const shown = revision !== null && !status.synchronized;
  return shown || unsaved.length > 0 ? " Your last edits were not saved: copy what you need from below." : "";
}
