/** The words of a text near a position. */

import type { Text } from "@codemirror/state";

const WORD = /[\p{L}_$][\p{L}\p{N}_$]+/gu;
/** How far from the position to look, and how long a word may be, in code units. */
const NEAR = 50_000;
const LONGEST = 100;

/** All words except the one that begins at `from`, unless it occurs elsewhere too. */
export function wordsNear(doc: Text, from: number): string[] {
  const first = Math.max(0, from - NEAR);
  const around = doc.sliceString(first, Math.min(doc.length, from + NEAR));
  const words = new Set<string>();
  for (const { 0: word, index } of around.matchAll(WORD)) {
    if (index !== from - first && word.length <= LONGEST) words.add(word);
  }
  return [...words];
}
