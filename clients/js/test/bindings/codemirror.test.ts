// @vitest-environment jsdom

import { history, undo } from "@codemirror/commands";
import { EditorState, Text, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { catchUp, collaboration } from "../../src/bindings/codemirror.js";
import { codePointLength } from "../../src/index.js";
import { turn } from "../support/browser.js";
import type { ServerMessage } from "../../src/session/messages.js";
import { cook, recipe } from "../support/random.js";
import { Browser, LIMITS, update, type Tab } from "../support/tab.js";

let browser: Browser;
let tab: Tab;
let view: EditorView;

async function open(text: string): Promise<void> {
  browser = new Browser();
  tab = await browser.tab();
  tab.unbind();
  await tab.welcome({ text, revision: 7 });
  view = new EditorView({
    state: EditorState.create({ doc: "something else", extensions: [history(), collaboration(tab.session)] }),
    parent: document.body,
  });
  await turn();
}

// jsdom lays nothing out: the editor may measure itself at any frame, and finds no boxes.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;

beforeEach(() => open("hello"));
afterEach(() => view.destroy());

/** The server speaks, and the next frame is drawn. */
function say(message: ServerMessage): void {
  tab.say(message);
  catchUp(view);
}

const shown = () => view.state.doc.toString();
const agree = (text: string) => expect([shown(), tab.session.text]).toEqual([text, text]);
const sent = () => tab.socket.of("edit").map(({ op }) => op);

async function change(spec: TransactionSpec): Promise<void> {
  view.dispatch(spec);
  await turn();
}

test("shows the session's text, whatever was there before", () => agree("hello"));

test("sends what is done in the editor", async () => {
  await change({ changes: { from: 5, insert: "!" } });
  agree("hello!");
  expect(sent()).toEqual([[5, "!"]]);
});

test("sends several changes of one transaction as one operation", async () => {
  await change({ changes: [{ from: 0, to: 1, insert: "J" }, { from: 5, insert: "!" }] });
  agree("Jello!");
  expect(sent()).toEqual([[-1, "J", 4, "!"]]);
});

test("shows what others do, without sending it back", async () => {
  say(update(7, ["oh ", 5], [8, "!"]));
  await turn();
  agree("oh hello!");
  expect(sent()).toEqual([]);
});

test("counts code points where a text has characters above U+FFFF", async () => {
  await change({ changes: { from: 0, insert: "😀😀" } });
  await change({ changes: { from: 4, to: 5, insert: "J" } });
  say(update(7, [5, "😀"]));
  agree("😀😀Jello😀");
  say(update(8, 1));
  await browser.clock.advance(Math.ceil(1000 / LIMITS.edits_per_second));
  expect(sent()).toEqual([["😀😀", 5], [2, -1, "J", 5]]);
});

test("keeps the caret where it was in the text", async () => {
  await change({ selection: { anchor: 2 } });
  say(update(7, ["oh ", 5]));
  expect(view.state.selection.main.head).toBe(5);
});

test("undo takes back one's own work only", async () => {
  await change({ changes: { from: 5, insert: " world" }, userEvent: "input.type" });
  say(update(7, [3, "X", 2]));
  agree("helXlo world");
  undo(view);
  await turn();
  agree("helXlo");
  undo(view);
  agree("helXlo");
});

describe("what is typed or pasted becomes text that the wire takes, in the editor too:", () => {
  test.each([
    ["U+0000", "a\0b", "a\uFFFDb"],
    ["a lone high surrogate", "a\ud83db", "a\uFFFDb"],
    ["a lone low surrogate", "\ude00", "\uFFFD"],
    ["CRLF", "a\r\nb", "a\nb"],
    ["CR", "a\rb", "a\nb"],
  ])("%s", async (_what, pasted, clean) => {
    await change({ changes: { from: 5, insert: pasted } });
    agree(`hello${clean}`);
  });

  test("carriage returns that a program brings in", async () => {
    await change({ changes: { from: 0, insert: Text.of(["a\r", "b\rc"]) } });
    agree("a\nb\nchello");
  });

  test("halves that a change leaves behind", async () => {
    await change({ changes: { from: 0, insert: "😀" } });
    await change({ changes: { from: 1, to: 2 } });
    agree("\uFFFDhello");
    await change({ changes: { from: 0, to: 1, insert: "😀" } });
    await change({ changes: { from: 1, insert: "x" } });
    agree("\uFFFDx\uFFFDhello");
  });

  test("a whole pair beside a change is left alone", async () => {
    await change({ changes: { from: 0, insert: "😀😀" } });
    await change({ changes: { from: 2, insert: "x" } });
    agree("😀x😀hello");
  });
});

test("a viewer and a closed session can't be edited, and what a program changes is undone", async () => {
  expect(view.state.readOnly).toBe(false);
  say({ type: "session", role: "viewer" });
  expect(view.state.readOnly).toBe(true);
  await change({ changes: { from: 0, insert: "x" } });
  agree("hello");
  say({ type: "session", role: "editor" });
  expect(view.state.readOnly).toBe(false);
  tab.socket.end(4403);
  catchUp(view);
  expect(view.state.readOnly).toBe(true);
});

test("takes a refused edit back", async () => {
  await change({ changes: { from: 5, insert: "!" } });
  say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
  agree("hello");
});

test("undo never takes back twice what was refused", async () => {
  await change({ changes: { from: 1, to: 4 }, userEvent: "delete" });
  say({ type: "reject", seq: 1, code: "invalid_operation", message: "no" });
  agree("hello");
  while (undo(view)) await turn();
  agree("hello");
});

test("takes in at once what a message brings of others, and then what is taken back", async () => {
  await change({ changes: { from: 5, insert: "!" }, selection: { anchor: 6 } });
  const told: unknown[] = [];
  tab.session.on("changed", (changes) => told.push(changes.map(({ cause }) => cause)));
  say(update(7, ["oh ", 5], ["A", 8]));
  say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
  agree("Aoh hello");
  expect(told).toEqual([["others", "others"], ["refused"]]);
  await browser.clock.advance(1_000);
  expect(tab.socket.of("presence").at(-1)).toMatchObject({ revision: 9, selections: [[9, 9]] });
  while (undo(view)) await turn();
  agree("Aoh hello");
});

test("takes part no more when the editor is gone", async () => {
  view.destroy();
  tab.say(update(7, ["oh ", 5]));
  expect(tab.session.text).toBe("oh hello");
});

describe("others' carets", () => {
  const ada = { id: "ada", name: "Ada", color: "#abcdef", role: "editor", kind: "user" } as const;
  const caret = (): HTMLElement | null => view.contentDOM.querySelector(".ot-caret");

  beforeEach(() => {
    say({ type: "participants", joined: [ada] });
    say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 3]] }] } });
  });

  test("stand in the text with their name and colour, for the eye only", () => {
    expect(caret()?.textContent).toContain("Ada");
    expect(caret()?.style.getPropertyValue("--ot-color")).toBe("#abcdef");
    expect(caret()?.getAttribute("aria-hidden")).toBe("true");
    expect(view.contentDOM.querySelector(".ot-selection")?.textContent).toBe("el");
  });

  test("move with the text, and show no name for that", async () => {
    const before = caret();
    await change({ changes: { from: 0, insert: "oh " } });
    expect(view.contentDOM.querySelector(".ot-selection")?.textContent).toBe("el");
    say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 3]], typing: true }] } });
    expect(caret()).toBe(before);
  });

  test("show their name again when they move by themselves", () => {
    const before = caret();
    say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 4]] }] } });
    expect(view.contentDOM.querySelector(".ot-selection")?.textContent).toBe("ell");
    expect(caret()).not.toBe(before);
  });

  test("of another tab stand beside them with the same name and colour, and go by themselves", () => {
    const carets = () => [...view.contentDOM.querySelectorAll<HTMLElement>(".ot-caret")];
    const [first] = carets();
    const told = { connection: "a", selections: [[1, 3]] as [number, number][] };
    say({ type: "presence", revision: 7, who: { ada: [told, { connection: "b", selections: [[5, 5]] }] } });
    expect(carets().map((one) => [one.textContent?.includes("Ada"), one.style.getPropertyValue("--ot-color")])).toEqual([
      [true, "#abcdef"],
      [true, "#abcdef"],
    ]);
    expect(carets()[0], "its name is not shown again").toBe(first);
    say({ type: "presence", revision: 7, who: { ada: [told] } });
    expect(carets()).toEqual([first]);
  });

  test("go with their participant", () => {
    say({ type: "participants", left: ["ada"] });
    expect(caret()).toBeNull();
  });

  test("can bring in no style but a colour", () => {
    say({ type: "participants", changed: [{ ...ada, color: "red; background: url(//x)" }] });
    expect(caret()?.style.getPropertyValue("--ot-color")).toBe("gray");
  });
});

test("one's own selections are told in code points", async () => {
  await change({ changes: { from: 0, insert: "😀" }, selection: { anchor: 2, head: 4 } });
  expect(tab.socket.of("edit")[0]?.selections).toEqual([[1, 3]]);
});

test("editor and session agree, whatever both do", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), recipe, fc.boolean()), { maxLength: 12 }), async (steps) => {
      await open("h😀llo");
      let revision = 7;
      let length = 5;
      for (const [here, recipe, draws] of steps) {
        if (here) {
          const { length } = view.state.doc;
          const changes = recipe.flatMap((component, i) =>
            typeof component === "string" ? [{ from: Math.min(i, length), insert: component }] : [],
          );
          const cut = recipe.find((component) => typeof component === "number" && component < 0) as number | undefined;
          await change({ changes: cut && length >= -cut ? [...changes, { from: length + cut, to: length }] : changes });
        } else {
          // Others do not see one's own edits here: none of them is ever answered.
          const operation = cook(recipe, length);
          tab.say(update(revision++, operation.toWire()));
          length = operation.targetLength;
        }
        await turn();
        if (!draws) continue;
        catchUp(view);
        agree(tab.session.text);
        expect(tab.session.length).toBe(codePointLength(shown()));
      }
      catchUp(view);
      agree(tab.session.text);
      view.destroy();
    }),
    { numRuns: 100 },
  );
});
