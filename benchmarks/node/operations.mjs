/**
 * The tasks of every library whose operations are values, as ours are.
 *
 * A library says how it reads an operation (`fromComponents`, `fromPatch`) and what it can do
 * with it; it is not asked for the rest.
 */

import { halves, withLengths } from "./serve.mjs";

const nothing = () => {};

/** Each operation is made beforehand and applied to the text. */
export const keystrokes = ({ fromPatch, apply, open, close }) => (data) => {
  const operations = [...withLengths(data)].map(fromPatch);
  let text;
  return {
    fresh: () => (text = open(data.start)),
    run: () => {
      for (const operation of operations) text = apply(text, operation);
    },
    text: () => close(text),
  };
};

/** Pairs, both sides; `transform(a, b)` gives both; b's inserts go left. */
export const transform = ({ fromComponents, apply, open, close, transform }) => (data) => {
  const pairs = data.pairs.map((pair) => pair.map(fromComponents));
  const start = open(data.text);
  let last; // keeps V8 from dropping results that nobody uses
  return {
    fresh: nothing,
    run: () => {
      for (const [a, b] of pairs) last = transform(a, b);
    },
    text: () =>
      pairs
        .map(([a, b]) => {
          const [a_, b_] = transform(a, b);
          const text = close(apply(apply(start, a), b_));
          if (text !== close(apply(apply(start, b), a_))) throw new Error("no convergence");
          return text;
        })
        .join("\n"),
  };
};

/** The offline operation moved over the later ones, one after the other. */
export const rebase = ({ fromComponents, apply, open, close, move }) => (data) => {
  const operation = fromComponents(data.operation);
  const later = data.later.map(fromComponents);
  const head = later.reduce(apply, open(data.text));
  let moved;
  return {
    fresh: nothing,
    run: () => (moved = later.reduce(move, operation)),
    text: () => close(apply(head, moved)),
  };
};

/** All operations as one, by halves. */
export const compose = ({ fromPatch, apply, open, close, compose }) => (data) => {
  const operations = [...withLengths(data)].map(fromPatch);
  let composed;
  return {
    fresh: nothing,
    run: () => (composed = halves(operations, compose)),
    text: () => close(apply(open(data.start), composed)),
  };
};
