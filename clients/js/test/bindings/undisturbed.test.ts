// @vitest-environment jsdom

import { Compartment, EditorState, type StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PATIENCE } from "../../src/bindings/busy.js";
import { catchUp, collaboration, show } from "../../src/bindings/codemirror.js";
import { codePointLength, Selection } from "../../src/index.js";
import { turn } from "../support/browser.js";
import { cook, recipe } from "../support/random.js";
import { Browser, update, type Tab } from "../support/tab.js";

let tab: Tab;
let view: EditorView;
const attributes = new Compartment();

async function open(text: string): Promise<void> {
  tab = await new Browser().tab();
  tab.unbind();
  await tab.welcome({ text, revision: 7 });
  view = new EditorView({
    extensions: [attributes.of([]), EditorState.allowMultipleSelections.of(true), collaboration(tab.session)],
    parent: document.body,
  });
  view.focus();
  await turn();
  catchUp(view);
}

// jsdom lays nothing out: the editor may measure itself at any frame, and finds no boxes.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;

beforeEach(() => open("one\ntwo\nthree"));
afterEach(() => {
  vi.useRealTimers();
  view.destroy();
});

const shown = (): string => view.state.doc.toString();
const label = (text: string): StateEffect<unknown> =>
  attributes.reconfigure(EditorView.contentAttributes.of({ "aria-label": text }));
const labelled = (): string | null => view.contentDOM.getAttribute("aria-label");
const happens = (type: string): boolean => view.contentDOM.dispatchEvent(new Event(type, { bubbles: true }));
/** The next frame is drawn. */
const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);

function types(insert: string, from = view.state.selection.main.head): void {
  view.dispatch({ changes: { from, insert }, selection: { anchor: from + insert.length }, userEvent: "input.type" });
}

describe("in one frame", () => {
  /** Count how often the editor is changed until the next frame has been drawn. */
  async function changesOf(act: () => void): Promise<number> {
    await frame();
    const changes = vi.spyOn(view, "update");
    act();
    await turn();
    await frame();
    return changes.mock.calls.length;
  }

  test("all that comes changes the editor once", async () => {
    const ada = { id: "ada", name: "Ada", color: "red", role: "editor", kind: "user" } as const;
    const times = await changesOf(() => {
      tab.say({ type: "participants", joined: [ada] });
      tab.say(update(7, ["oh ", 13]));
      tab.say({ type: "presence", revision: 8, who: { ada: [{ connection: "a", selections: [[3, 3]], typing: true }] } });
      tab.say(update(8, [16, "!"]));
      tab.say({ type: "session", role: "viewer" });
      show(view, "label", () => label("Ada's"));
    });
    expect(times).toBe(1);
    expect([shown(), labelled(), view.state.readOnly]).toEqual(["oh one\ntwo\nthree!", "Ada's", true]);
    expect(view.contentDOM.querySelector(".ot-caret")).not.toBeNull();
  });

  test("only whether one may type waits for no frame", async () => {
    await frame();
    tab.say({ type: "session", role: "viewer" });
    await turn();
    expect(view.state.readOnly).toBe(true);
    tab.say({ type: "session", role: "editor" });
    await turn();
    expect(view.state.readOnly).toBe(false);
  });

  test("what takes back a refused edit goes in with what others wrote", async () => {
    types("!", 0);
    await turn();
    const times = await changesOf(() => {
      tab.say(update(7, ["oh ", 13]));
      tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
      tab.say(update(8, [16, "?"]));
    });
    expect([times, shown()]).toEqual([1, "oh one\ntwo\nthree?"]);
  });

  test("of several things to show in one place the last one is, in the text of that frame", async () => {
    const texts: string[] = [];
    show(view, "label", () => label("first"));
    tab.say(update(7, ["oh ", 13]));
    show(view, "label", ({ doc }) => {
      texts.push(doc.toString());
      return label("second");
    });
    await frame();
    expect([labelled(), texts]).toEqual(["second", ["oh one\ntwo\nthree"]]);
  });

  test("what is typed before others' work is shown goes to the session at once, to its place there", async () => {
    view.dispatch({ selection: { anchor: 13 } });
    tab.say(update(7, ["oh ", 13]));
    types("!");
    expect([shown(), tab.session.text]).toEqual(["one\ntwo\nthree!", "oh one\ntwo\nthree!"]);
    await turn();
    expect(tab.socket.of("edit")).toMatchObject([{ op: [16, "!"], selections: [[17, 17]] }]);
    await frame();
    expect(shown()).toBe(tab.session.text);
  });

  test("what is cut before others' work in it is shown leaves that", async () => {
    tab.say(update(7, [5, "BOB", 8]));
    view.dispatch({ changes: { from: 4, to: 8 }, userEvent: "delete.cut" });
    types("two\n", 9);
    await frame();
    expect([shown(), tab.session.text]).toEqual(["one\nBOBthreetwo\n", "one\nBOBthreetwo\n"]);
  });

  test("a page that draws none shows everything a little later", async () => {
    vi.spyOn(window, "requestAnimationFrame").mockReturnValue(1);
    tab.say(update(7, ["oh ", 13]));
    await vi.waitUntil(() => shown() === "oh one\ntwo\nthree");
    vi.restoreAllMocks();
  });
});

describe("while a word is composed in the second line", () => {
  beforeEach(() => {
    view.dispatch({ selection: { anchor: 6 } });
    happens("compositionstart");
    types("に");
  });

  test.each([
    ["in it", [4, "X", 10], "one\nXtwにo\nthree"],
    ["at its end", [8, "X", 6], "one\ntwにoX\nthree"],
    ["to the line end before it", [3, -1, 10], "onetwにo\nthree"],
    ["to the line end behind it", [8, -1, 5], "one\ntwにothree"],
    ["to all of the text", [-14, "X"], "にX"],
  ])("what others do %s waits until the word is composed", async (_where, op, after) => {
    await turn();
    tab.say(update(7, 1, op as [number, string]));
    await frame();
    expect(shown()).toBe("one\ntwにo\nthree");
    types("ほ");
    await frame();
    expect(shown()).toBe("one\ntwにほo\nthree");
    view.dispatch({ changes: { from: 6, to: 8, insert: "日本" }, selection: { anchor: 8 } });
    happens("compositionend");
    await turn();
    expect([shown(), tab.session.text]).toEqual([after.replace("に", "日本"), after.replace("に", "日本")]);
  });

  test("what others do elsewhere is shown", async () => {
    await turn();
    tab.say(update(7, 1, ["oh ", 14], [17, "!"]));
    await frame();
    expect(shown()).toBe("oh one\ntwにo\nthree!");
  });

  test("what comes after a change of its line waits too, and what came before it does not", async () => {
    await turn();
    tab.say(update(7, 1, ["oh ", 14], [7, "X", 10], [18, "!"]));
    await frame();
    expect(shown()).toBe("oh one\ntwにo\nthree");
    expect(tab.session.text).toBe("oh one\nXtwにo\nthree!");
  });

  test("one's caret is told where it is in the session's text", async () => {
    await turn();
    tab.say(update(7, 1, [4, "XX", 10]));
    types("ほ");
    await turn();
    expect(tab.session.text).toBe("one\nXXtwにほo\nthree");
    const told = vi.spyOn(tab.session, "select");
    view.dispatch({ selection: { anchor: 7 } });
    expect(told).toHaveBeenLastCalledWith([new Selection(9, 9)]);
  });

  test("nothing else is shown, and then all of it", async () => {
    show(view, "label", () => label("Ada's"));
    tab.say({ type: "session", role: "viewer" });
    await frame();
    expect([labelled(), view.state.readOnly]).toEqual([null, false]);
    happens("compositionend");
    await frame();
    expect([labelled(), view.state.readOnly]).toEqual(["Ada's", true]);
  });

  test("a composition that has lost the focus is waited for no more", async () => {
    await turn();
    tab.say(update(7, 1, [4, "X", 10]));
    await frame();
    view.contentDOM.blur();
    await turn();
    expect(shown()).toBe("one\nXtwにo\nthree");
  });

  test("one that nobody goes on with is waited for ten seconds", async () => {
    await turn();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    happens("keydown");
    tab.say(update(7, 1, [4, "X", 10]));
    vi.advanceTimersByTime(PATIENCE - 1);
    happens("keydown");
    vi.advanceTimersByTime(PATIENCE - 1);
    expect(shown()).toBe("one\ntwにo\nthree");
    vi.advanceTimersByTime(1);
    await turn();
    expect(shown()).toBe("one\nXtwにo\nthree");
  });

  test("a page can have the whole text at once", async () => {
    await turn();
    tab.say(update(7, 1, [4, "X", 10]));
    catchUp(view);
    expect(shown()).toBe("one\nXtwにo\nthree");
  });

  test("an edit that is refused to be made is taken back without waiting", async () => {
    tab.say({ type: "session", role: "viewer" });
    types("ほ");
    await turn();
    expect([shown(), tab.session.text]).toEqual(["one\ntwにo\nthree", "one\ntwにo\nthree"]);
  });
});

describe("while text is dragged", () => {
  beforeEach(() => {
    view.dispatch({ selection: { anchor: 4, head: 7 } });
    happens("dragstart");
  });

  test("what others write into it waits, and stays when it is moved away", async () => {
    tab.say(update(7, [5, "BOB", 8]));
    await frame();
    expect(shown()).toBe("one\ntwo\nthree");
    view.dispatch({ changes: [{ from: 4, to: 7 }, { from: 13, insert: "two" }], userEvent: "move.drop" });
    happens("dragend");
    await turn();
    expect([shown(), tab.session.text]).toEqual(["one\nBOB\nthreetwo", "one\nBOB\nthreetwo"]);
  });

  test("a drop ends that too, where the node that was dragged is gone", async () => {
    tab.say(update(7, [5, "BOB", 8]));
    document.body.dispatchEvent(new Event("drop", { bubbles: true }));
    await vi.waitUntil(() => shown() === "one\ntBOBwo\nthree");
  });
});

test("editor and session come to one text, whatever both do and whatever waits", async () => {
  const step = fc.tuple(fc.constantFrom("here", "there", "draws", "compositionstart", "compositionend", "caret"), recipe);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
      await open("h😀l\nlo\nwo");
      let revision = 7;
      let length = 9;
      for (const [what, recipe] of steps) {
        const here = view.state.doc.length;
        const at = Math.min(recipe.length, here);
        if (what === "here") {
          types(recipe.filter((one) => typeof one === "string").join(""), at === 2 ? 1 : at);
        } else if (what === "there") {
          // Others do not see one's own edits here: none of them is ever answered.
          const operation = cook(recipe, length);
          tab.say(update(revision++, operation.toWire()));
          length = operation.targetLength;
        } else if (what === "caret") {
          view.dispatch({ selection: { anchor: here - at, head: here } });
        } else if (what === "draws") {
          await frame();
        } else {
          happens(what);
        }
        await turn();
      }
      happens("compositionend");
      await frame();
      expect([shown(), codePointLength(shown())]).toEqual([tab.session.text, tab.session.length]);
      view.destroy();
    }),
    { numRuns: 30 },
  );
});
