/** ot.js: the library that our operations and client descend from. */

import { compose, keystrokes, rebase, transform } from "./operations.mjs";
import { peer, serve, withLengths } from "./serve.mjs";

const { Server, TextOperation } = peer("ot");

const ot = {
  fromComponents: (components) => TextOperation.fromJSON(components),
  fromPatch: ({ length, position, deleted, inserted }) =>
    new TextOperation()
      .retain(position)
      .delete(deleted)
      .insert(inserted)
      .retain(length - position - deleted),
  open: (text) => text,
  close: (text) => text,
  apply: (text, operation) => operation.apply(text),
  // The first one's inserts go left.
  transform: (a, b) => TextOperation.transform(b, a).reverse(),
  move: (moved, later) => TextOperation.transform(moved, later)[0],
  compose: (a, b) => a.compose(b),
};

/** Its server's text and operations. */
const memory = (data) => {
  const server = new Server(data.start);
  return {
    fresh: () => {},
    run: () => {
      for (const patch of withLengths(data)) {
        server.receiveOperation(server.operations.length, ot.fromPatch(patch));
      }
    },
    text: () => server.document,
  };
};

await serve({
  keystrokes: keystrokes(ot),
  transform: transform(ot),
  rebase: rebase(ot),
  compose: compose(ot),
  memory,
});
