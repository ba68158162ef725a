/** Small things that this browser remembers of a person; without a storage they last as long as the page. */

import { browserStorage } from "ot-collab";

type Key = "name" | "theme" | "language" | "visits";

const storage = browserStorage();
const forNow = new Map<Key, string>();

export function remembered(key: Key): string | null {
  return forNow.get(key) ?? storage?.getItem(`ot-collab/page/${key}`) ?? null;
}

export function remember(key: Key, value: string): void {
  try {
    if (!storage) throw new Error("there is no storage");
    storage.setItem(`ot-collab/page/${key}`, value);
    forNow.delete(key);
  } catch {
    forNow.set(key, value);
  }
}

export function forget(key: Key): void {
  forNow.delete(key);
  storage?.removeItem(`ot-collab/page/${key}`);
}

/** Whether edits that are not sent yet survive a closed tab; see claims.ts of the client library. */
export function survivesClosing(): boolean {
  return storage !== null && "locks" in navigator;
}
