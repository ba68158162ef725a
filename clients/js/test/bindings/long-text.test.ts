// @vitest-environment jsdom

import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { describe, expect, test } from "vitest";
import { catchUp, collaboration } from "../../src/bindings/codemirror.js";
import { turn } from "../support/browser.js";
import { unitsRead } from "../support/reading.js";
import { Browser, LIMITS, update } from "../support/tab.js";

// jsdom lays nothing out: the editor may measure itself at any frame, and finds no boxes.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;

const LINE = "a line that is as long as most of them\n";
const KEYS = 20;
const TIMES = 20;

/** Type, and let others type, in a text of so many lines; return how many code units are read for one key. */
async function read(lines: number, head: string): Promise<number> {
  const browser = new Browser();
  const tab = await browser.tab();
  tab.unbind();
  const text = head + LINE.repeat(lines);
  await tab.welcome({ text, revision: 0, participants: [{ id: "p", name: "P", color: "red", role: "editor", kind: "guest" }] });
  const view = new EditorView({ state: EditorState.create({ extensions: collaboration(tab.session) }), parent: document.body });
  await turn();
  const middle = view.state.doc.line(lines / 2).from;
  let revision = 0;
  const key = async (): Promise<void> => {
    view.dispatch({ changes: { from: middle, insert: "x" }, selection: { anchor: middle + 1 } });
    await turn();
    const { length } = tab.session;
    tab.say(update(revision, tab.socket.of("edit").at(-1)?.seq ?? 0));
    tab.say(update(++revision, [length - 2, "y", 2]));
    tab.say({ type: "presence", revision: ++revision, who: { p: [{ connection: "a", selections: [[length - 1, length - 1]], typing: true }] } });
    catchUp(view);
    await browser.clock.advance(Math.ceil(1000 / LIMITS.edits_per_second));
  };
  await key(); // counts the text once
  const units = await unitsRead(async () => {
    for (let n = 0; n < KEYS; n++) await key();
  });
  expect(tab.session.text).toBe(view.state.doc.toString());
  expect(tab.session.revision).toBe(2 * KEYS + 2);
  view.destroy();
  return units / KEYS;
}

describe("what is read of a text for a key doesn't grow with the text", () => {
  test.each([["with plain text", ""], ["behind an emoji", "😀\n"]])("%s", async (_, head) => {
    const short = await read(1_000, head);
    const long = await read(1_000 * TIMES, head);
    expect(short).toBeGreaterThan(0);
    expect(long).toBeLessThan(2 * short);
  });
});
