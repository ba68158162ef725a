/** diamond-types-node: a CRDT in Rust, compiled to WebAssembly. */

import { peer, serve } from "./serve.mjs";

const { Doc } = peer("diamond-types-node");

/** Do what an operation says. */
function walk(doc, components) {
  let position = 0;
  for (const c of components) {
    if (typeof c === "string") {
      doc.ins(position, c);
      position += c.length;
    } else if (c > 0) position += c;
    else doc.del(position, -c);
  }
}

/** Each patch is typed. */
const keystrokes = ({ start, patches }) => {
  let doc;
  return {
    fresh: () => {
      doc?.free();
      doc = new Doc("writer");
      if (start) doc.ins(0, start);
    },
    run: () => {
      for (const [position, deleted, inserted] of patches) {
        if (deleted) doc.del(position, deleted);
        if (inserted) doc.ins(position, inserted);
      }
    },
    text: () => doc.get(),
  };
};

/** The later updates merged into the replica that was offline. */
const rebase = (data) => {
  const online = new Doc("online");
  online.ins(0, data.text);
  const offline = Doc.fromBytes(online.toBytes(), "offline");
  walk(offline, data.operation);
  const state = offline.toBytes();
  const updates = data.later.map((components) => {
    const version = online.getLocalVersion();
    walk(online, components);
    return online.getPatchSince(version);
  });
  let doc;
  return {
    fresh: () => {
      doc?.free();
      doc = Doc.fromBytes(state, "offline");
    },
    run: () => {
      for (const update of updates) doc.mergeBytes(update);
    },
    text: () => doc.get(),
  };
};

await serve({ keystrokes, rebase, memory: keystrokes });
