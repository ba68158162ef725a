/** Random texts, operations and schedules, from fast-check or from a plain seeded generator. */

import fc from "fast-check";
import { codePointLength, Operation, type Component } from "../../src/index.js";

/** Few letters and few places: concurrent operations meet often. One letter is above U+FFFF. */
const LETTERS = ["a", "b", "é", "\n", "😀"];

export const text = fc.array(fc.constantFrom(...LETTERS), { maxLength: 6 }).map((letters) => letters.join(""));

/** An operation without a length yet: it fits any text, by being cut off or prolonged. */
export type Recipe = Component[];

export const recipe: fc.Arbitrary<Recipe> = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: -3, max: -1 }),
    fc.array(fc.constantFrom("x", "y", "𝒵"), { minLength: 1, maxLength: 3 }).map((letters) => letters.join("")),
  ),
  { maxLength: 7 },
);

/** The operation of a recipe on a text of `length` code points. */
export function cook(recipe: Recipe, length: number): Operation {
  const components: Component[] = [];
  let left = length;
  for (const component of recipe) {
    if (typeof component === "string") {
      components.push(component);
    } else if (left > 0) {
      const taken = Math.min(Math.abs(component), left);
      components.push(component > 0 ? taken : -taken);
      left -= taken;
    }
  }
  if (left > 0) components.push(left);
  return new Operation(components);
}

export const on = (recipe: Recipe, text: string): Operation => cook(recipe, codePointLength(text));

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
