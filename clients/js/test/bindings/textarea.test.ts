// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bindTextarea } from "../../src/bindings/textarea.js";
import { turn } from "../support/browser.js";
import { Browser, update, type Tab } from "../support/tab.js";

let tab: Tab;
let element: HTMLTextAreaElement;
let unbind: () => void;

beforeEach(async () => {
  tab = await new Browser().tab();
  tab.unbind();
  await tab.welcome({ text: "hello", revision: 7 });
  element = document.createElement("textarea");
  document.body.append(element);
  element.focus();
  unbind = bindTextarea(element, tab.session);
});

afterEach(() => {
  unbind();
  element.remove();
  vi.restoreAllMocks();
});

const sent = () => tab.socket.of("edit").map(({ op }) => op);
const agree = (text: string) => expect([element.value, tab.session.text]).toEqual([text, text]);

/** Replace what lies between two offsets, as a browser does. */
async function type(text: string, start: number, end = start): Promise<void> {
  element.setRangeText(text, start, end, "end");
  element.dispatchEvent(new Event("input"));
  await turn();
}

test("shows the session's text", () => agree("hello"));

test("sends the least that explains a change, at the caret", async () => {
  await type("l", 2);
  expect(sent()).toEqual([[2, "l", 3]]);
});

test("knows which of equal letters was typed", async () => {
  await type("l", 4);
  expect(sent()).toEqual([[4, "l", 1]]);
});

test("counts code points, and never cuts a character", async () => {
  await type("😀", 0);
  await type("😁", 0, 2);
  tab.say(update(7, 1));
  await turn();
  expect(sent()[0]).toEqual(["😀", 5]);
  agree("😁hello");
});

test("keeps the caret and what is selected when others type", async () => {
  element.setSelectionRange(1, 3, "backward");
  tab.say(update(7, ["😀", 5], [3, "xx", 3]));
  agree("😀hexxllo");
  expect([element.selectionStart, element.selectionEnd, element.selectionDirection]).toEqual([3, 7, "backward"]);
});

test("tells its selection, and which end of it the caret is at", async () => {
  element.setSelectionRange(1, 3, "backward");
  document.dispatchEvent(new Event("selectionchange"));
  await turn();
  expect(tab.socket.of("presence")[0]?.selections).toEqual([[3, 1]]);
});

test("leaves a composition alone, and brings both sides together after it", async () => {
  element.dispatchEvent(new Event("compositionstart"));
  element.setRangeText("に", 0, 0, "end");
  element.dispatchEvent(new Event("input"));
  tab.say(update(7, ["oh ", 5]));
  expect(element.value).toBe("にhello");
  element.dispatchEvent(new Event("compositionend"));
  await turn();
  agree("にoh hello");
  expect(sent()).toEqual([["に", 8]]);
});

test("corrects what the wire does not take", async () => {
  await type("a\0\ud83d", 5);
  agree("helloa\uFFFD\uFFFD");
});

test("can't be edited by a viewer, and what a program changes is undone", async () => {
  tab.say({ type: "session", role: "viewer" });
  expect(element.readOnly).toBe(true);
  await type("x", 0);
  agree("hello");
});

/** Press a key with Ctrl held, unless other modifiers are told. @returns whether the browser does nothing of its own */
function press(key: string, modifiers: KeyboardEventInit = { ctrlKey: true }): boolean {
  return !element.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, ...modifiers }));
}

test("undoes and redoes one's own text, and leaves that of others", async () => {
  await type("we 😀 ", 0);
  tab.say(update(7, ["oh ", 5]));
  agree("we 😀 oh hello");
  expect(press("z")).toBe(true);
  agree("oh hello");
  expect(element.selectionEnd).toBe(0);
  expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe(true);
  agree("we 😀 oh hello");
  expect(element.selectionEnd).toBe(6);
  press("z", { metaKey: true });
  press("y");
  agree("we 😀 oh hello");
});

/** From now on much time passes between one thing and the next. */
function slowly(): void {
  let seconds = 0;
  vi.spyOn(performance, "now").mockImplementation(() => 1000 * (seconds += 60));
}

test("a refused edit is no step, nor is its taking back", async () => {
  slowly();
  await type("pasted", 5);
  await type("", 1, 4);
  tab.say({ type: "reject", seq: 1, code: "invalid_operation", message: "no" });
  agree("ho");
  for (let times = 0; times < 4; times++) press("z");
  agree("hello");
  press("y");
  agree("ho");
});

test("a reset brings back once what was deleted, and keeps the other steps", async () => {
  slowly();
  await type("> ", 0);
  await type("", 2, 7);
  tab.say({ type: "reset", reason: "lineage", epoch: 2, revision: 3, chain: "c", text: "> hello there", last_seq: 1 });
  agree("> hello there");
  press("z");
  agree("hello there");
  press("z");
  agree("hello there");
});

test("what others write and what is refused while it is composing are told apart", async () => {
  slowly();
  await type("", 1, 4);
  element.dispatchEvent(new Event("compositionstart"));
  tab.say(update(7, ["oh ", 5]));
  tab.say({ type: "reject", seq: 1, code: "invalid_operation", message: "no" });
  element.dispatchEvent(new Event("compositionend"));
  agree("oh hello");
  press("z");
  agree("oh hello");
});

test("what was typed a moment ago finds its place among what a message brings and what it takes back", async () => {
  const browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hello", revision: 7 });
  unbind();
  unbind = bindTextarea(element, tab.session);
  tab.unbind();
  await type("", 1, 4);
  element.setRangeText("?", 2, 2, "end");
  tab.say(update(7, ["oh ", 5]));
  agree("oh ho?");
  tab.say({ type: "reject", seq: 1, code: "invalid_operation", message: "no" });
  agree("oh hello?");
  await browser.clock.advance(200);
  expect(sent()).toEqual([
    [1, -3, 1],
    [8, "?"],
  ]);
});

test("undoes by the browser's menu as well", async () => {
  await type("!", 5);
  const input = (inputType: string) => new InputEvent("beforeinput", { inputType, cancelable: true });
  expect(element.dispatchEvent(input("historyUndo"))).toBe(false);
  agree("hello");
  element.dispatchEvent(input("historyRedo"));
  agree("hello!");
  expect(element.dispatchEvent(input("insertText"))).toBe(true);
});

test("leaves all other keys to the browser", async () => {
  await type("!", 5);
  expect([press("z", {}), press("z", { ctrlKey: true, altKey: true }), press("y", { metaKey: true }), press("x")]).toEqual(
    [false, false, false, false],
  );
  agree("hello!");
});

test("undoes nothing while it is composing or can't be edited", async () => {
  await type("!", 5);
  element.dispatchEvent(new Event("compositionstart"));
  press("z");
  element.dispatchEvent(new Event("compositionend"));
  agree("hello!");
  tab.say({ type: "session", role: "viewer" });
  tab.say(update(7, 1, ["oh ", 6]));
  press("z");
  agree("oh hello!");
  tab.say({ type: "session", role: "editor" });
  press("z");
  agree("oh hello");
});

test("takes part no more once it is unbound", async () => {
  unbind();
  tab.say(update(7, ["oh ", 5]));
  expect(element.value).toBe("hello");
});
