import { Text } from "@codemirror/state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DocOffsets, pointsIn } from "../../src/bindings/offsets.js";
import { Offsets, Operation, UndoManager } from "../../src/index.js";

/** Enough lines for a tree with parts that have parts themselves. */
const lines = fc.array(fc.constantFrom("", "ab", "😀", "é𝒵c", "xxxx"), { minLength: 1, maxLength: 3_000, size: "max" });
const edit = fc.record({ from: fc.nat(9_000), length: fc.nat(200), inserted: fc.array(fc.constantFrom("a", "\n", "😀"), { maxLength: 5 }) });

/** Each place a hundred code units on, and the first ones. */
const places = (length: number): number[] => Array.from({ length: length + 1 }, (_, at) => at).filter((at) => at < 9 || at % 97 === 0);

function expectAgreement(doc: Text): void {
  const plain = new Offsets(doc.toString());
  const offsets = new DocOffsets(doc);
  expect(pointsIn(doc)).toBe([...doc.toString()].length);
  for (const unit of places(doc.length)) expect(offsets.toPoints(unit)).toBe(plain.toPoints(unit));
  for (const point of places(pointsIn(doc)).reverse()) {
    expect(offsets.toUnits(point)).toBe(plain.toUnits(point));
    expect(offsets.slice(point, point + 50)).toBe(plain.slice(point, point + 50));
  }
}

test("the offsets of a document are those of its text, also after edits", () => {
  fc.assert(
    fc.property(lines, fc.array(edit, { maxLength: 8 }), (lines, edits) => {
      let doc = Text.of(lines);
      expectAgreement(doc);
      for (const { from, length, inserted } of edits) {
        const start = Math.min(from, doc.length);
        doc = doc.replace(start, Math.min(start + length, doc.length), Text.of(inserted.join("").split("\n")));
        expectAgreement(doc);
      }
    }),
    { numRuns: 40 },
  );
});

test("what lies beyond the end counts as the end", () => {
  const offsets = new DocOffsets(Text.of(["a", "😀"]));
  expect([offsets.toPoints(5), offsets.toUnits(4), offsets.toUnits(99)]).toEqual([3, 4, 4]);
});

test("a document is undone without its text", () => {
  const undo = new UndoManager();
  const doc = Text.of(["😀 one", "two 𝒵 three"]);
  const edit = Operation.replace(doc.length - 2, 10, 12, "!"); // 𝒵 and the space before it
  undo.record(edit, new DocOffsets(doc), 0);
  const after = Text.of(edit.apply(doc.toString()).split("\n"));
  expect(undo.undo(new DocOffsets(after))).toEqual(edit.invert(doc.toString()));
  expect(undo.redo(new DocOffsets(doc))).toEqual(edit);
});
