/** Shows the page that belongs to the address. */

import "./styles/base.css";
import "./styles/doors.css";
import "./styles/lists.css";
import "./styles/session.css";
import "./styles/panels.css";
import "./styles/tabs.css";
import "./styles/diagnostics.css";
import "./styles/run.css";
import "./styles/sharing.css";
import "./styles/assistant.css";
import { account } from "./account.js";
import { announce } from "./announce.js";
import type { Go, Page } from "./page.js";
import { accountPage } from "./pages/account.js";
import { joinPage } from "./pages/join.js";
import { guestSession, userSession } from "./pages/opening.js";
import { sessionsPage } from "./pages/sessions.js";
import { signInPage } from "./pages/signin.js";
import { signUpPage } from "./pages/signup.js";
import { startPage } from "./pages/start.js";
import { routeOf } from "./routes.js";
import { applyTheme } from "./theme.js";
import { visitByLink, visitBySession } from "./visits.js";

const SIGNED_OUT = "You’ve been signed out. Unsent edits are kept in this browser and will be sent when you’re back.";

const place = document.getElementById("page")!;
let current: Page | null = null;
/** Whom the page is shown to: a user's id, null if signed out, undefined if it is the same for everybody. */
let shownTo: string | null | undefined;
/** Counts the calls of `show`, so that one that is overtaken shows nothing. */
let turn = 0;

/** What makes a page, and whether it is the same for everybody. */
interface Found {
  readonly make: () => Page;
  readonly forAll?: boolean;
}

const go: Go = (address, notice = "") => {
  if (address !== here()) history.pushState(null, "", address);
  void show(notice);
};

/** Show the page of this address; the old page stays until the new one can be made. */
async function show(notice = ""): Promise<void> {
  const own = ++turn;
  const found = find(here(), notice);
  const { make, forAll } = found instanceof Promise ? await found : found;
  if (own !== turn) return;
  shownTo = forAll ? undefined : (account.user?.id ?? null);
  display(make);
  if (notice) announce(notice);
}

function display(make: () => Page): void {
  current?.left?.();
  current = make();
  document.title = current.title;
  place.replaceChildren(current.element);
  current.shown?.();
}

function find(address: string, notice: string): Found | Promise<Found> {
  const route = routeOf(address);
  const { user } = account;
  const signIn = (why: string): Found => ({ make: () => signInPage(address, why) });
  switch (route.page) {
    case "start":
      if (user) return { make: () => sessionsPage(user, go, notice) };
      return { make: () => startPage(go, notice) };
    case "signin":
    case "signup":
      if (user) return movedTo(route.next);
      return { make: () => (route.page === "signin" ? signInPage(route.next) : signUpPage(route.next)) };
    case "account":
      return user ? { make: () => accountPage(user, go) } : signIn("Sign in to see your account.");
    case "join": {
      const visit = visitByLink(route.link);
      return visit ? { make: guestSession(visit, go), forAll: true } : { make: () => joinPage(route.link, user, go) };
    }
    case "session": {
      if (user) return userSession(route.id, user, go).then((make) => ({ make }));
      const visit = visitBySession(route.id);
      return visit ? { make: guestSession(visit, go), forAll: true } : signIn("Sign in to open this session.");
    }
  }
}

function movedTo(address: string): Found | Promise<Found> {
  history.replaceState(null, "", address);
  return find(address, "");
}

/** Show another page if somebody has signed in or out, here or in another tab. */
function accountChanged(): void {
  if (shownTo === undefined || shownTo === (account.user?.id ?? null)) return;
  if (account.user || shownTo === null) {
    void show();
    return;
  }
  turn++;
  shownTo = null;
  display(() => signInPage(here(), SIGNED_OUT));
}

function here(): string {
  return location.pathname + location.search;
}

/** Follow links within the page without loading anything, so that they work while the server is away. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (!link || link.origin !== location.origin || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

applyTheme();
account.on("changed", accountChanged);
addEventListener("click", follow);
addEventListener("popstate", () => void show());
void show();
