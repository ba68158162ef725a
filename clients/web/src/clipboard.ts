/** The clipboard, also on pages that came over plain HTTP, where browsers hide the newer API. */

import { h } from "./dom.js";

/** @returns whether the text is in the clipboard now */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const focused = document.activeElement;
  const source = h("textarea", { class: "for-ears", "aria-hidden": "true", tabindex: -1 });
  source.value = text;
  document.body.append(source);
  source.select();
  const copied = document.execCommand("copy");
  source.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
