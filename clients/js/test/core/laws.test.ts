/** The laws of the engine, over random cases; the Python tests hold the same ones. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidOperation, Operation, transform, transformIndex } from "../../src/index.js";
import { cook, on, recipe, text } from "../support/random.js";

const check = (property: fc.IRawProperty<unknown>, numRuns = 2_000) => fc.assert(property, { numRuns });

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
        expect(a.invert(t).apply(a.apply(t))).toBe(t);
      }),
    );
  });
});

describe("law 4: composition of the committed side is exact", () => {
  test("over ten thousand cases", () => {
    check(
      fc.property(text, recipe, recipe, recipe, (t, ra, rb, rc) => {
        const a = on(ra, t);
        const b = cook(rb, a.targetLength);
        const c = on(rc, t);

        const [composed, cOverComposed] = transform(a.compose(b), c);
        const [a_, cOverA] = transform(a, c);
        const [b_, cOverBoth] = transform(b, cOverA);

        expect(cOverComposed.components).toEqual(cOverBoth.components);
        expect(composed.apply(c.apply(t))).toBe(b_.apply(a_.apply(c.apply(t))));
      }),
      10_000,
    );
  });
});

describe("law 5: forms", () => {
  test("a no-op stays a no-op when it is transformed, and moves nothing", () => {
    check(
      fc.property(text, recipe, (t, ra) => {
        const a = on(ra, t);
        const noop = Operation.noop(a.baseLength);
        const [a_, noop_] = transform(a, noop);
        expect(noop_.isNoop).toBe(true);
        expect(a_.components).toEqual(a.components);
      }),
    );
  });

  test("lengths agree all round", () => {
    check(
      fc.property(text, recipe, recipe, (t, ra, rb) => {
        const [a, b] = [on(ra, t), on(rb, t)];
        const [a_, b_] = transform(a, b);
        expect([a_.baseLength, b_.baseLength]).toEqual([b.targetLength, a.targetLength]);
        expect(a_.targetLength).toBe(b_.targetLength);
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
      10_000,
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

  test("an index inside deleted text goes to the deletion's start", () => {
    expect(transformIndex(new Operation([2, -3, 1]), 4)).toBe(2);
    expect(transformIndex(new Operation(["x", -3]), 2)).toBe(1);
  });

  test("an index at the place of an insert stays left of it", () => {
    expect(transformIndex(new Operation([2, "x", 1]), 2)).toBe(2);
    expect(transformIndex(new Operation([2, "x", 1]), 3)).toBe(4);
  });
});
