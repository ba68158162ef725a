/** quill-delta: a document is an operation too, and applying is composing. */

import { compose, keystrokes, rebase, transform } from "./operations.mjs";
import { peer, serve } from "./serve.mjs";

const Delta = peer("quill-delta").default;

const quill = {
  fromComponents: (components) =>
    components
      .reduce((delta, c) => {
        if (typeof c === "string") return delta.insert(c);
        return c < 0 ? delta.delete(-c) : delta.retain(c);
      }, new Delta())
      .chop(),
  fromPatch: ({ position, deleted, inserted }) =>
    new Delta().retain(position).delete(deleted).insert(inserted),
  open: (text) => new Delta().insert(text),
  close: (delta) => delta.ops.map((op) => op.insert).join(""),
  apply: (delta, operation) => delta.compose(operation),
  transform: (a, b) => [b.transform(a, true), a.transform(b, false)],
  move: (moved, later) => later.transform(moved, false),
  compose: (a, b) => a.compose(b),
};

await serve({
  keystrokes: keystrokes(quill),
  transform: transform(quill),
  rebase: rebase(quill),
  compose: compose(quill),
});
