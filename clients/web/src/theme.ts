/**
 * Light or dark: follows the system until a person switches.
 *
 * Switching back to the system's theme follows the system again.
 */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { forget, remember, remembered } from "./remembered.js";

type Theme = "light" | "dark";

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** The only switch; the page that is shown puts it into its bar. */
export const themeButton = h("button", { type: "button", class: "quiet icon-only", click: toggle });

export function applyTheme(): void {
  const chosen = remembered("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
  else delete document.documentElement.dataset["theme"];
  const next = other(current());
  const label = `Switch to the ${next} theme`;
  themeButton.replaceChildren(icon(next === "dark" ? "moon" : "sun"));
  themeButton.setAttribute("aria-label", label);
  themeButton.title = label;
}

systemIsDark.addEventListener("change", applyTheme);

function toggle(): void {
  const next = other(current());
  if (next === system()) forget("theme");
  else remember("theme", next);
  applyTheme();
}

function current(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : system();
}

function system(): Theme {
  return systemIsDark.matches ? "dark" : "light";
}

function other(theme: Theme): Theme {
  return theme === "dark" ? "light" : "dark";
}
