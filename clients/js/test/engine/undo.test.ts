/** One's own text goes and comes back, what others wrote stays. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codePointLength, LengthMismatch, Operation, UndoManager } from "../../src/index.js";
import { on, recipe, text } from "../support/random.js";

/** A text that one person edits, and others too. */
class Editor {
  readonly manager: UndoManager;
  #clock = 0;

  constructor(
    public text = "",
    depth?: number,
    groupSeconds?: number,
  ) {
    this.manager = new UndoManager(depth, groupSeconds);
  }

  edit(operation: Operation, after = 10): void {
    this.#clock += after;
    this.manager.record(operation, this.text, this.#clock);
    this.text = operation.apply(this.text);
  }

  replace(start: number, stop: number, inserted: string, after?: number): void {
    this.edit(Operation.replace(codePointLength(this.text), start, stop, inserted), after);
  }

  type(index: number, inserted: string, after?: number): void {
    this.replace(index, index, inserted, after);
  }

  others(start: number, stop: number, inserted: string): void {
    const operation = Operation.replace(codePointLength(this.text), start, stop, inserted);
    this.manager.receive(operation);
    this.text = operation.apply(this.text);
  }

  undo(): boolean {
    return this.#show(this.manager.undo(this.text));
  }

  redo(): boolean {
    return this.#show(this.manager.redo(this.text));
  }

  #show(operation: Operation | null): boolean {
    this.text = operation?.apply(this.text) ?? this.text;
    return operation !== null;
  }
}

describe("undo", () => {
  test("leaves what others wrote into my text", () => {
    const editor = new Editor();
    editor.type(0, "h😀llo");
    editor.others(2, 2, "XY");
    expect([editor.undo(), editor.text]).toEqual([true, "XY"]);
    expect([editor.redo(), editor.text]).toEqual([true, "h😀XYllo"]);
  });

  test("passes over what others have deleted", () => {
    const editor = new Editor("ab");
    editor.type(2, "first");
    editor.type(0, "second");
    editor.others(0, 6, "");
    expect([editor.undo(), editor.text]).toEqual([true, "ab"]);
    expect(editor.undo()).toBe(false);
  });

  test("takes typing back as one step, up to a pause or a jump", () => {
    const editor = new Editor();
    for (const [index, letter] of [..."word"].entries()) editor.type(index, letter, 0.2);
    editor.type(4, "!", 2);
    editor.type(0, ">", 0.1);
    const texts = [];
    while (editor.undo()) texts.push(editor.text);
    expect(texts).toEqual(["word!", "word", ""]);
    expect(editor.manager.canUndo).toBe(false);
  });

  test("counts a slip that is mended at once as part of the step", () => {
    const editor = new Editor();
    editor.type(0, "wrod", 0.1);
    editor.replace(1, 4, "", 0.1);
    editor.type(1, "ord", 0.1);
    editor.undo();
    expect(editor.text).toBe("");
    editor.redo();
    expect(editor.text).toBe("word");
  });

  test("lets others write elsewhere within a step", () => {
    const editor = new Editor("....");
    editor.type(2, "a", 0.1);
    editor.others(0, 0, "new ");
    editor.type(7, "b", 0.1);
    editor.others(0, 4, "");
    expect(editor.text).toBe("..ab..");
    editor.undo();
    expect(editor.text).toBe("....");
    editor.redo();
    expect(editor.text).toBe("..ab..");
  });

  test("forgets what could be done again once there is a new edit", () => {
    const editor = new Editor();
    editor.type(0, "a");
    editor.undo();
    expect(editor.manager.canRedo).toBe(true);
    editor.type(0, "b");
    expect([editor.manager.canRedo, editor.redo()]).toEqual([false, false]);
  });

  test("is not disturbed by an edit that changes nothing", () => {
    const editor = new Editor();
    editor.type(0, "a");
    editor.undo();
    editor.type(0, "");
    expect([editor.redo(), editor.text]).toEqual([true, "a"]);
  });

  test.each([
    [3, "ba"],
    [0, "edcba"],
  ])("keeps no more than %i steps", (depth, left) => {
    const editor = new Editor("", depth);
    for (const letter of "abcde") editor.type(0, letter);
    while (editor.undo());
    expect(editor.text).toBe(left);
  });

  test("ends a step: what is typed after it is another", () => {
    const editor = new Editor();
    editor.type(0, "a");
    editor.type(1, "b");
    editor.undo();
    editor.type(1, "c", 0.1);
    editor.undo();
    expect(editor.text).toBe("a");
  });

  test("refuses an operation for another text, and goes on", () => {
    const editor = new Editor();
    editor.type(0, "abc");
    expect(() => editor.manager.receive(new Operation([7]))).toThrow(LengthMismatch);
    expect(() => editor.manager.undo("ab")).toThrow(LengthMismatch);
    expect(() => editor.manager.record(new Operation([7]), "abc", 0)).toThrow(LengthMismatch);
    // What others typed was not noted.
    expect(() => editor.manager.record(new Operation([4, "d"]), "abc-", 10)).toThrow(LengthMismatch);
    expect([editor.undo(), editor.text]).toEqual([true, ""]);
  });
});

describe("what others have put in", () => {
  test.each([
    ["this ", ""],
    ["this very ", "very "],
  ])("at the place of a deletion, is not put in twice: %s", (theirs, more) => {
    const editor = new Editor("keep this line");
    editor.replace(5, 10, "");
    editor.others(5, 5, theirs);
    expect([editor.undo(), editor.text]).toEqual([false, `keep this ${more}line`]);
  });

  test.each([
    ["a", "apple"],
    ["this", "thus"],
    ["    ", "    if x:\n"],
  ])("is no reason not to put in %s, where it is %s", (deleted, theirs) => {
    const editor = new Editor(`[${deleted}]`);
    editor.replace(1, 1 + deleted.length, "");
    editor.others(1, 1, theirs);
    expect([editor.undo(), editor.text]).toEqual([true, `[${deleted}${theirs}]`]);
  });

  test("is not taken out as if it were my own", () => {
    const editor = new Editor("[]");
    editor.type(1, "this");
    editor.replace(1, 5, "");
    editor.others(1, 1, "this");
    expect([editor.undo(), editor.text]).toEqual([false, "[this]"]);
  });
});

/** Mine are capitals, theirs small: neither ever deletes the other's letters. */
const events = fc.array(
  fc.record({
    what: fc.constantFrom("undo", "redo", "mine", "mine", "theirs", "theirs"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    letter: fc.constantFrom("a", "b", "c"),
    after: fc.constantFrom(1, 20),
  }),
  { maxLength: 30 },
);

const small = (text: string): string => text.replace(/[A-Z]/g, "");

test("undoing everything leaves what others wrote, and redoing everything too", () => {
  fc.assert(
    fc.property(events, fc.constantFrom(0, 5, 100), (happened, groupSeconds) => {
      const editor = new Editor("", 1000, groupSeconds);
      for (const { what, at, letter, after } of happened) {
        const index = Math.round(at * editor.text.length);
        if (what === "undo") editor.undo();
        else if (what === "redo") editor.redo();
        else if (what === "mine") editor.type(index, letter.toUpperCase(), after);
        else editor.others(index, index, letter);
      }
      const theirs = small(editor.text);
      let undone = 0;
      while (editor.undo()) undone++;
      expect(editor.text).toBe(theirs);
      for (; undone > 0; undone--) expect(editor.redo()).toBe(true);
      expect(small(editor.text)).toBe(theirs);
    }),
  );
});

test("undo and redo are inverse while nobody else writes", () => {
  fc.assert(
    fc.property(text, fc.array(recipe, { maxLength: 12 }), (before, recipes) => {
      const editor = new Editor(before, 1000, 0);
      const texts = [before];
      for (const ingredients of recipes) {
        const operation = on(ingredients, editor.text);
        editor.edit(operation);
        if (!operation.isNoop) texts.push(editor.text);
      }
      for (const earlier of texts.slice(0, -1).reverse()) {
        editor.undo();
        expect(editor.text).toBe(earlier);
      }
      expect(editor.manager.canUndo).toBe(false);
      for (const later of texts.slice(1)) {
        editor.redo();
        expect(editor.text).toBe(later);
      }
      expect(editor.manager.canRedo).toBe(false);
    }),
  );
});
