/**
 * Clean input: what comes into CodeMirror becomes text that the wire takes, in the editor
 * itself, so that editor and engine have the same.
 *
 * CodeMirror makes line breaks of carriage returns when something is typed or pasted, but
 * programs can bring them in; and a change can cut a surrogate pair in two.
 */

import { EditorState, Transaction, type ChangeSpec, type Extension } from "@codemirror/state";
import { corrections } from "../engine/codepoints.js";

export const cleanInput: Extension = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(Transaction.remote)) return transaction;
  const changes = correctionsOf(transaction);
  return changes.length === 0 ? transaction : [transaction, { changes, sequential: true }];
});

/** What to change in the document that a transaction leads to. */
function correctionsOf(transaction: Transaction): ChangeSpec[] {
  const doc = transaction.newDoc;
  const changes: ChangeSpec[] = [];
  let done = 0;
  transaction.changes.iterChangedRanges((_fromA, _toA, fromB, toB) => {
    // Half of a pair can be left on either side of the change; one more shows whether it is half.
    const start = Math.max(0, fromB - 2);
    for (const { from, to, text } of corrections(doc.sliceString(start, toB + 2))) {
      const at = { from: start + from, to: start + to };
      if (at.from < done || at.to < fromB || at.from > toB) continue;
      done = at.to;
      changes.push({ ...at, insert: transaction.startState.toText(text) });
    }
  });
  return changes;
}
