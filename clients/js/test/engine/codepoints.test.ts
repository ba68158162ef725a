import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splice } from "../../src/bindings/splice.js";
import { codePointLength, Offsets, Operation, toWireText } from "../../src/index.js";
import { advance } from "../../src/engine/codepoints.js";
import { text } from "../support/random.js";

const points = (text: string): number => [...text].length;

test("lengths are those that iterating a string finds", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (t) => {
      expect(codePointLength(t)).toBe(points(t));
    }),
  );
});

test("advancing passes over whole characters, and stops at the end", () => {
  fc.assert(
    fc.property(text, fc.nat(8), fc.nat(8), (t, start, points) => {
      const from = [...t].slice(0, start).join("").length;
      expect(advance(t, from, points)).toBe([...t].slice(0, start + points).join("").length);
    }),
  );
});

describe("offsets", () => {
  test("go there and back, in any order", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(6)), (t, indexes) => {
        const offsets = new Offsets(t);
        for (const index of indexes.map((index) => Math.min(index, points(t)))) {
          const unit = offsets.toUnits(index);
          expect(unit).toBe([...t].slice(0, index).join("").length);
          expect(offsets.toPoints(unit)).toBe(index);
        }
      }),
    );
  });

  test("between the halves of a pair count as before it", () => {
    expect(new Offsets("a😀b").toPoints(2)).toBe(1);
    expect(new Offsets("a😀b").toPoints(3)).toBe(2);
  });

  test("cost nothing while a text has no character above U+FFFF", () => {
    const isTaken = new Offsets("a😀b", 4); // on this word the text isn't read
    expect(isTaken.toPoints(3)).toBe(3);
    expect(isTaken.toUnits(3)).toBe(3);
  });
});

test("text for the wire has line ends of one kind, and no halves and no U+0000", () => {
  expect(toWireText("a\r\nb\rc\nd")).toBe("a\nb\nc\nd");
  expect(toWireText("\0\ud83d😀\ude00")).toBe("\uFFFD\uFFFD😀\uFFFD");
});

describe("a splice", () => {
  test("leads from any text to any other", () => {
    fc.assert(
      fc.property(text, text, fc.nat(8), (before, after, caret) => {
        expect(splice(before, after, Math.min(caret, after.length)).apply(before)).toBe(after);
      }),
    );
  });

  test("is the same amid more text", () => {
    fc.assert(
      fc.property(text, text, fc.nat(8), fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 20_000 }), (before, after, place, above, below) => {
        const caret = Math.min(place, after.length);
        const amid = (text: string): string => "-".repeat(above) + text + "-".repeat(below);
        const { components } = splice(before, after, caret);
        expect(splice(amid(before), amid(after), above + caret)).toEqual(new Operation([above, ...components, below]));
      }),
    );
  });

  test("never cuts a character that shares a half with another", () => {
    expect(splice("😀", "😁").components).toEqual([-1, "😁"]); // the first halves are alike
    expect(splice("\u{1F600}", "\u{1FA00}").components).toEqual([-1, "\u{1FA00}"]); // the second ones
  });
});
