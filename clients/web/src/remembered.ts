/** Small things that this browser remembers about a person; without storage, only until the page is closed. */

import { browserStorage } from "ot-collab";

type Key = "name" | "theme" | "language" | "visits" | "login" | "panel-height" | "share-runs";

const PREFIX = "ot-collab/page/";
const storage = browserStorage();
const forNow = new Map<Key, string>();

export function remembered(key: Key): string | null {
  return forNow.get(key) ?? storage?.getItem(PREFIX + key) ?? null;
}

export function remember(key: Key, value: string): void {
  try {
    if (!storage) throw new Error("there is no storage");
    storage.setItem(PREFIX + key, value);
    forNow.delete(key);
  } catch {
    forNow.set(key, value);
  }
}

export function forget(key: Key): void {
  forNow.delete(key);
  storage?.removeItem(PREFIX + key);
}

/** Call `listener` when another tab remembers or forgets this. */
export function onRememberedElsewhere(key: Key, listener: () => void): void {
  addEventListener("storage", (event) => {
    // No key: everything was forgotten at once.
    if (event.storageArea === storage && (event.key === PREFIX + key || event.key === null)) listener();
  });
}
