/** CodeMirror's changes (UTF-16 code units) to operations (code points) and back. */

import { Text, Transaction, type ChangeSet, type ChangeSpec, type TransactionSpec } from "@codemirror/state";
import { append, type Component } from "../engine/components.js";
import { Operation } from "../engine/operation.js";
import { DocOffsets, pointsIn } from "./offsets.js";
import type { Arrived } from "./waiting.js";

/**
 * What `changes` do to `doc`; each replaced range is deleted first, then filled.
 *
 * @throws InvalidOperation a change leaves half of a surrogate pair.
 */
export function toOperation(changes: ChangeSet, doc: Text): Operation {
  const offsets = new DocOffsets(doc);
  const components: Component[] = [];
  let at = 0;
  changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    const from = offsets.toPoints(fromA);
    const to = offsets.toPoints(toA);
    for (const component of [from - at, from - to, inserted.toString()]) append(components, component);
    at = to;
  });
  append(components, pointsIn(doc) - at);
  return new Operation(components);
}

/** What `operation` does to `doc`. */
export function toChanges(operation: Operation, doc: Text): ChangeSpec[] {
  const offsets = new DocOffsets(doc);
  const changes: ChangeSpec[] = [];
  let at = 0;
  for (const component of operation.components) {
    if (typeof component === "string") {
      changes.push({ from: offsets.toUnits(at), insert: Text.of(component.split("\n")) });
    } else if (component < 0) {
      const from = offsets.toUnits(at);
      at -= component;
      changes.push({ from, to: offsets.toUnits(at) });
    } else {
      at += component;
    }
  }
  return changes;
}

/** How an editor shows what came from the session: that is no edit of the user's, and isn't filtered. */
export function toSpec({ operation, isOwn }: Arrived, doc: Text): TransactionSpec {
  return {
    changes: toChanges(operation, doc),
    annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(isOwn)],
    filter: false,
  };
}
