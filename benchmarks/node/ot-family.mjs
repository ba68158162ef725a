/** What ot-text and ot-text-unicode have in common: the types of ShareDB. */

import { compose, keystrokes, rebase, transform } from "./operations.mjs";
import { serve } from "./serve.mjs";

/** Serve the tasks of one of its types; an operation is skips, inserts and `{ d: count }`. */
export function serveType(type) {
  const family = {
    fromComponents: (components) =>
      type.normalize(components.map((c) => (typeof c === "number" && c < 0 ? { d: -c } : c))),
    fromPatch: ({ position, deleted, inserted }) =>
      [position, deleted && { d: deleted }, inserted].filter(Boolean),
    open: (text) => text,
    close: (text) => text,
    apply: (text, operation) => type.apply(text, operation),
    transform: (a, b) => [type.transform(a, b, "right"), type.transform(b, a, "left")],
    move: (moved, later) => type.transform(moved, later, "left"),
    compose: (a, b) => type.compose(a, b),
  };
  return serve({
    keystrokes: keystrokes(family),
    transform: transform(family),
    rebase: rebase(family),
    compose: compose(family),
  });
}
