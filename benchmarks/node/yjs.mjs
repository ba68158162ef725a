/** yjs: a CRDT in JavaScript. */

import { peer, serve } from "./serve.mjs";

const Y = peer("yjs");

/** A document with these updates. */
function load(...updates) {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
}

/** Do what an operation says. */
function walk(text, components) {
  let position = 0;
  for (const c of components) {
    if (typeof c === "string") {
      text.insert(position, c);
      position += c.length;
    } else if (c > 0) position += c;
    else text.delete(position, -c);
  }
}

/** Each patch is typed: a transaction of its own, as an editor makes them. */
const keystrokes = ({ start, patches }) => {
  let text;
  return {
    fresh: () => {
      text = load().getText();
      text.insert(0, start);
    },
    run: () => {
      for (const [position, deleted, inserted] of patches) {
        if (deleted) text.delete(position, deleted);
        if (inserted) text.insert(position, inserted);
      }
    },
    text: () => text.toString(),
  };
};

/** The later updates merged into the replica that was offline. */
const rebase = (data) => {
  const online = load();
  online.getText().insert(0, data.text);
  const base = Y.encodeStateAsUpdate(online);
  const updates = [];
  online.on("update", (update) => updates.push(update));
  for (const components of data.later) walk(online.getText(), components);
  const offline = load(base);
  offline.transact(() => walk(offline.getText(), data.operation));
  const state = Y.encodeStateAsUpdate(offline);
  let doc;
  return {
    fresh: () => (doc = load(state)),
    run: () => {
      for (const update of updates) Y.applyUpdate(doc, update);
    },
    text: () => doc.getText().toString(),
  };
};

await serve({ keystrokes, rebase, memory: keystrokes });
