/** The laws of the engine, over random cases; the Python tests hold the same ones. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codePointLength, InvalidOperation, Operation, Selection, transform, transformIndex } from "../../src/index.js";
import { cases } from "../support/cases.js";
import { cook, on, recipe, text } from "../support/random.js";

const check = (property: fc.IRawProperty<unknown>) => fc.assert(property, { numRuns: cases(2_000) });

describe("law 1: concurrent operations converge", () => {
  test("whichever goes first, the text is the same", () => {
    check(
      fc.property(text, recipe, recipe, (t, ra, rb) => {
        const [a, b] = [on(ra, t), on(rb, t)];
        const [a_, b_] = transform(a, b);
        expect(b_.apply(a.apply(t))).toBe(a_.apply(b.apply(t)));
      }),
    );
  });

  test("where both insert at one place the uncommitted text goes left", () => {
    const [a_, b_] = transform(new Operation(["committed"]), new Operation(["mine"]));
    expect(a_.toWire()).toEqual([4, "committed"]);
    expect(b_.toWire()).toEqual(["mine", 9]);
  });
});

describe("law 2: composition", () => {
  test("a composed operation does what its parts do, one after the other", () => {
    check(
      fc.property(text, recipe, recipe, (t, ra, rb) => {
        const a = on(ra, t);
        const b = cook(rb, a.targetLength);
        expect(a.compose(b).apply(t)).toBe(b.apply(a.apply(t)));
      }),
    );
  });

  test("is associative, in components", () => {
    check(
      fc.property(text, recipe, recipe, recipe, (t, ra, rb, rc) => {
        const a = on(ra, t);
        const b = cook(rb, a.targetLength);
        const c = cook(rc, b.targetLength);
        expect(a.compose(b).compose(c).components).toEqual(a.compose(b.compose(c)).components);
      }),
    );
  });

  test("a no-op is neutral on either side", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        expect(Operation.noop(a.baseLength).compose(a).components).toEqual(a.components);
        expect(a.compose(Operation.noop(a.targetLength)).components).toEqual(a.components);
      }),
    );
  });

  test("keeps the order of a delete and an insert at one place", () => {
    expect(new Operation(["x", -1]).components).toEqual(["x", -1]);
    expect(new Operation([-1, "x"]).components).toEqual([-1, "x"]);
    expect(new Operation([1, -1]).compose(new Operation([1, "x"])).components).toEqual([1, -1, "x"]);
  });
});

describe("law 3: inversion", () => {
  test("an operation and then its inverse leave the text as it was", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        const [after, inverse] = [a.apply(t), a.invert(t)];
        expect(inverse.apply(after)).toBe(t);
        expect(inverse.invert(after).apply(t)).toBe(after);
      }),
    );
  });
});

describe("law 4: composition of the committed side is exact", () => {
  test("the uncommitted meets a composition as it meets the parts", () => {
    check(
      fc.property(text, fc.array(recipe, { minLength: 2, maxLength: 5 }), recipe, (t, recipes, rc) => {
        const uncommitted = on(rc, t);
        let composed: Operation | null = null;
        let c = uncommitted;
        let shown = c.apply(t);
        for (const next of recipes) {
          const operation: Operation = composed ? cook(next, composed.targetLength) : on(next, t);
          composed = composed ? composed.compose(operation) : operation;
          const [operation_, c_] = transform(operation, c);
          shown = operation_.apply(shown);
          c = c_;
        }
        const [composed_, atOnce] = transform(composed!, uncommitted);
        expect(atOnce.components).toEqual(c.components);
        expect(composed_.apply(uncommitted.apply(t))).toBe(shown);
      }),
    );
  });
});

describe("law 5: forms", () => {
  test("a no-op stays a no-op when it is transformed, and moves nothing", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        const noop = Operation.noop(a.baseLength);
        const moved = [...transform(a, noop), ...transform(noop, a)];
        const after = Operation.noop(a.targetLength);
        expect(moved).toEqual([a, after, after, a]);
      }),
    );
  });

  test("lengths agree all round", () => {
    check(
      fc.property(text, recipe, recipe, (t, ra, rb) => {
        const [a, b] = [on(ra, t), on(rb, t)];
        const [a_, b_] = transform(a, b);
        // Built anew, an operation counts its own lengths and merges its own components.
        for (const operation of [a, b, a_, b_, a.compose(b_), b.compose(a_), a.invert(t)]) {
          expect(new Operation(operation.components)).toEqual(operation);
        }
        expect([a_.baseLength, b_.baseLength]).toEqual([b.targetLength, a.targetLength]);
        expect(a_.targetLength).toBe(b_.targetLength);
        expect(a_.targetLength).toBe(codePointLength(b_.apply(a.apply(t))));
      }),
    );
  });

  test("the way over the wire and back changes nothing", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        expect(Operation.fromWire(JSON.parse(JSON.stringify(a.toWire())))).toEqual(a);
      }),
    );
  });
});

describe("law 5: the compact form", () => {
  test("there and back is the same operation, and shorter than JSON for short inserts", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        expect(Operation.fromCompact(a.toCompact())).toEqual(a);
        expect(a.toCompact().length).toBeLessThan(JSON.stringify(a.toWire()).length);
      }),
    );
  });

  test("whatever is read is the one form of an operation", () => {
    const parts = fc.constantFrom(..."0123=-+aé", "10", "2147483647", "😀", "\ud800");
    check(
      fc.property(fc.oneof(fc.array(parts).map((some) => some.join("")), fc.anything()), (untrusted) => {
        try {
          expect(Operation.fromCompact(untrusted).toCompact()).toBe(untrusted);
        } catch (error) {
          if (!(error instanceof InvalidOperation)) throw error;
        }
      }),
    );
  });
});

describe("law 6: indexes", () => {
  test("keep their order and stay within the text", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        const moved = Array.from({ length: a.baseLength + 1 }, (_, index) => transformIndex(a, index));
        expect(moved).toEqual([...moved].sort((i, j) => i - j));
        expect(moved.at(0)).toBeGreaterThanOrEqual(0);
        expect(moved.at(-1)).toBeLessThanOrEqual(a.targetLength);
      }),
    );
  });

  test("one moves as a caret that types there would", () => {
    check(
      fc.property(text, recipe, fc.nat(), (t, ra, n) => {
        const a = on(ra, t);
        const index = n % (a.baseLength + 1);
        const [, caret] = transform(a, Operation.replace(a.baseLength, index, index, "|"));
        const moved = transformIndex(a, index);
        expect(caret).toEqual(Operation.replace(a.targetLength, moved, moved, "|"));
      }),
    );
  });

  test("a selection moves by its ends", () => {
    check(
      fc.property(text, recipe, fc.nat(), fc.nat(), (t, ra, m, n) => {
        const a = on(ra, t);
        const [anchor, head] = [m % (a.baseLength + 1), n % (a.baseLength + 1)];
        const moved = new Selection(anchor, head).transform(a);
        expect(moved).toEqual(new Selection(transformIndex(a, anchor), transformIndex(a, head)));
      }),
    );
  });

  test("an index inside deleted text goes to the deletion's start", () => {
    const few = fc.nat({ max: 5 });
    check(
      fc.property(few, few, few, few, (start, before, behind, after) => {
        const [inside, stop] = [start + before, start + before + behind];
        expect(transformIndex(Operation.replace(stop + after, start, stop, ""), inside)).toBe(start);
      }),
    );
    expect(transformIndex(new Operation(["x", -3]), 2)).toBe(1);
  });

  test("an index at the place of an insert stays left of it", () => {
    expect(transformIndex(new Operation([2, "x", 1]), 2)).toBe(2);
    expect(transformIndex(new Operation([2, "x", 1]), 3)).toBe(4);
  });
});
