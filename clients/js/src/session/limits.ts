/** What the server would refuse for its size: found out before it is sent. */

import type { Client } from "../engine/client.js";
import type { Edit, Limits } from "./messages.js";

/** Why the server would refuse `edit`, the client's outstanding operation; null if it would not. */
export function excess(edit: Edit, client: Client, limits: Limits): string | null {
  const { outstanding } = client;
  if (outstanding === null) return null;
  if (outstanding.components.length > limits.components) {
    return `an edit has at most ${limits.components} components`;
  }
  if (exceeds(limits.frame_bytes, JSON.stringify(edit))) {
    return `an edit has at most ${limits.frame_bytes} bytes`;
  }
  // Only what inserts can make a text too long; a code point takes at most four bytes.
  const grows = outstanding.components.some((component) => typeof component === "string");
  const near = 4 * outstanding.targetLength > limits.document_bytes;
  if (grows && near && exceeds(limits.document_bytes, outstanding.apply(client.text))) {
    return `a text has at most ${limits.document_bytes} bytes`;
  }
  return null;
}

/** Whether `text` takes more than so many bytes in UTF-8: one to three a code unit. */
function exceeds(bytes: number, text: string): boolean {
  if (text.length > bytes) return true;
  return 3 * text.length > bytes && new TextEncoder().encode(text).length > bytes;
}
