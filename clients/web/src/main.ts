/** The page: from the address to what is shown. */

import "./styles/base.css";
import "./styles/doors.css";
import "./styles/session.css";
import "./styles/panels.css";
import type { Go, Page } from "./page.js";
import { joinPage } from "./pages/join.js";
import { problemPage } from "./pages/problem.js";
import { sessionPage } from "./pages/session.js";
import { startPage } from "./pages/start.js";
import { routeOf } from "./routes.js";
import { applyTheme } from "./theme.js";
import { visitByLink, visitBySession } from "./visits.js";

const place = document.getElementById("page")!;
let current: Page | null = null;

const go: Go = (path) => {
  if (path !== location.pathname) history.pushState(null, "", path);
  show();
};

function show(): void {
  current?.left?.();
  current = pageAt(location.pathname);
  document.title = current.title;
  place.replaceChildren(current.element);
  current.shown?.();
}

function pageAt(path: string): Page {
  const route = routeOf(path);
  switch (route.page) {
    case "start":
      return startPage(go);
    case "join": {
      const visit = visitByLink(route.link);
      return visit ? sessionPage(visit, go) : joinPage(route.link, go);
    }
    case "session": {
      const visit = visitBySession(route.id);
      if (visit) return sessionPage(visit, go);
      return problemPage(go, "This browser has not been in this session", "Open it by its share link first.");
    }
  }
}

/** A link of the page itself is followed without loading anything: it works while the server is away. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (!link || link.origin !== location.origin || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
  event.preventDefault();
  go(link.pathname);
}

applyTheme();
addEventListener("click", follow);
addEventListener("popstate", show);
show();
