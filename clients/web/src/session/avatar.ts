/** A person as a coloured disc with initials; their name is always beside it. */

import { h } from "../dom.js";

const CHARACTERS = new Intl.Segmenter();

/** @param color null for people who are not here now */
export function avatar(name: string, color: string | null): HTMLElement {
  const element = h("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  if (color !== null) element.style.setProperty("--person", color);
  return element;
}

/** The first letters of the first and the last word. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const firsts = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return firsts.map((word) => firstCharacter(word ?? "")).join("").toUpperCase() || "?";
}

/** What people see as the first character. */
function firstCharacter(word: string): string {
  const [first] = CHARACTERS.segment(word);
  return first?.segment ?? "";
}
