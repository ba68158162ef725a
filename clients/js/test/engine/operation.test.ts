import { describe, expect, test } from "vitest";
import { InvalidOperation, LengthMismatch, Operation } from "../../src/index.js";

describe("an operation", () => {
  test("merges neighbours of one kind", () => {
    expect(new Operation([1, 2, "a", "b", -1, -1]).components).toEqual([3, "ab", -2]);
  });

  test("counts code points, not code units", () => {
    const operation = new Operation([1, "𝒵", -1, 1]);
    expect([operation.baseLength, operation.targetLength]).toEqual([3, 3]);
    expect(operation.apply("😀b😀")).toBe("😀𝒵😀");
  });

  test("can't be changed", () => {
    expect(() => (new Operation([1]).components as unknown[]).push("x")).toThrow(TypeError);
  });

  test("refuses a text it was not made for", () => {
    expect(() => new Operation([2]).apply("abc")).toThrow(LengthMismatch);
    expect(() => new Operation([2]).invert("abc")).toThrow(LengthMismatch);
    expect(() => new Operation([2]).compose(new Operation([3]))).toThrow(LengthMismatch);
  });

  test("replaces by deleting, then inserting", () => {
    expect(Operation.replace(5, 1, 3, "x").components).toEqual([1, -2, "x", 2]);
    expect(Operation.replace(2, 0, 2, "").components).toEqual([-2]);
    expect(() => Operation.replace(2, 1, 3, "x")).toThrow(InvalidOperation);
  });

  test("is a no-op if it only keeps", () => {
    expect(new Operation().isNoop).toBe(true);
    expect(new Operation([3]).isNoop).toBe(true);
    expect(new Operation([3, "a"]).isNoop).toBe(false);
    expect(new Operation(["a"]).isNoop).toBe(false);
    expect(new Operation([-1]).isNoop).toBe(false);
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe("fromWire", () => {
  test.each([
    [null],
    [{}],
    ["abc"],
    [[0]],
    [[""]],
    [[true]],
    [[null]],
    [[1.5]],
    [[Number.NaN]],
    [[2 ** 31]],
    [[-(2 ** 31)]],
    [[2 ** 31 - 1, 1]],
    [["\ud800"]],
    [["\udc00a"]],
    [["a\0"]],
    [["a\rb"]],
    [[[1]]],
    [[{}]],
    [[Symbol("a")]],
    [[nested(10_000)]],
  ])("refuses malformed input, case %#", (untrusted) => {
    expect(() => Operation.fromWire(untrusted)).toThrow(InvalidOperation);
  });

  test("is stricter than the constructor, which takes U+0000 and carriage returns", () => {
    expect(new Operation(["\0\r\n"]).targetLength).toBe(3);
  });
});
