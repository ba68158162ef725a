/** Says why the connection will not come back by itself, and what a person can do. */

import type { Session } from "ot-collab";
import { h } from "../dom.js";
import { icon } from "../icons.js";

interface Ending {
  readonly why: string;
  readonly action: "reopen" | "rejoin" | "start";
}

const REOPEN = { action: "reopen" } as const;

const ENDINGS: Readonly<Record<string, Ending>> = {
  replaced: { why: "This session was opened somewhere else and continues there.", ...REOPEN },
  forbidden: { why: "You no longer have access to this session.", action: "start" },
  not_authenticated: { why: "Your access to this session has expired.", ...REOPEN },
  no_such_session: { why: "This session no longer exists.", action: "start" },
  too_big: { why: "An edit was larger than the server allows.", ...REOPEN },
};

/** Guests can come back by the link, as somebody new. */
const ENDINGS_OF_GUESTS: typeof ENDINGS = {
  ...ENDINGS,
  forbidden: { why: "You were removed from this session, or your link no longer works.", action: "rejoin" },
  not_authenticated: { why: "Your access to this session has expired.", action: "rejoin" },
};

const OTHERWISE: Ending = { why: "The server ended the connection.", ...REOPEN };

const VERBS = { reopen: "Open here again", rejoin: "Join again", start: "Go to start page" } as const;

export type Actions = Readonly<Record<Ending["action"], () => void>>;

export function endedView(session: Session, isGuest: boolean, actions: Actions): HTMLElement {
  const element = h("section", { class: "ended", "aria-label": "Closed", hidden: true });
  const endings = isGuest ? ENDINGS_OF_GUESTS : ENDINGS;
  session.on("status", ({ state, reason }) => {
    if (state !== "closed" || reason === "left" || !element.hidden) return;
    const { why, action } = endings[reason ?? ""] ?? OTHERWISE;
    const button = h("button", { type: "button", click: actions[action] }, VERBS[action]);
    element.append(icon("closed"), h("p", { role: "alert" }, why + whatIsLeft(session)), button);
    element.hidden = false;
  });
  return element;
}

/** Says that a closed session still shows edits that were not saved. */
function whatIsLeft({ revision, status, unsaved }: Session): string {
  const shown = revision !== null && !status.synchronized;
  return shown || unsaved.length > 0 ? " Your last edits weren’t saved. Copy what you need below." : "";
}
