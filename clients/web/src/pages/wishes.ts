/** The fields for a new session: its title, and its language, which starts as the last one's. */

import { h } from "../dom.js";
import { LANGUAGES } from "../editor/languages.js";
import { remember, remembered } from "../remembered.js";
import { field } from "./door.js";
import { LIMITS } from "../limits.js";

export interface Wishes {
  readonly fields: HTMLElement[];
  readonly title: HTMLInputElement;
  read(): { title?: string; language: string };
}

export function wishFields(): Wishes {
  const title = h("input", { name: "title", maxlength: LIMITS.title, placeholder: "Untitled", autocomplete: "off" });
  const language = h(
    "select",
    { name: "language" },
    ...LANGUAGES.map(({ id, name }) => h("option", { value: id, selected: id === remembered("language") }, name)),
  );
  const read = (): { title?: string; language: string } => {
    const called = title.value.trim();
    remember("language", language.value);
    return { language: language.value, ...(called && { title: called }) };
  };
  return { fields: [field("Title", title, "half"), field("Language", language, "half")], title, read };
}
