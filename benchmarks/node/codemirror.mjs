/** @codemirror/state: change sets on a text that is a tree of lines. */

import { compose, keystrokes, rebase, transform } from "./operations.mjs";
import { peer, serve } from "./serve.mjs";

const { ChangeSet, Text } = peer("@codemirror/state");

const codemirror = {
  fromComponents: (components) => {
    const changes = [];
    let position = 0;
    for (const c of components) {
      if (typeof c === "string") changes.push({ from: position, insert: c });
      else if (c > 0) position += c;
      else {
        changes.push({ from: position, to: position - c });
        position -= c;
      }
    }
    return ChangeSet.of(changes, position);
  },
  fromPatch: ({ length, position, deleted, inserted }) =>
    ChangeSet.of({ from: position, to: position + deleted, insert: inserted }, length),
  open: (text) => Text.of(text.split("\n")),
  close: (text) => text.toString(),
  apply: (text, changes) => changes.apply(text),
  transform: (a, b) => [a.map(b), b.map(a, true)],
  move: (moved, later) => moved.map(later, true),
  compose: (a, b) => a.compose(b),
};

await serve({
  keystrokes: keystrokes(codemirror),
  transform: transform(codemirror),
  rebase: rebase(codemirror),
  compose: compose(codemirror),
});
