/** Frames that come twice, or not at all, cost nothing that was typed. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServerMessage } from "../../src/session/messages.js";
import { Browser, update, type Tab } from "../support/tab.js";

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hi", revision: 7 });
  await tab.type("!");
});

const twice = (message: ServerMessage): void => {
  tab.say(message);
  tab.say(message);
};

describe("a frame that comes twice is taken once:", () => {
  test("somebody else's edit", () => {
    twice(update(7, ["oh ", 2]));
    expect([tab.shown, tab.session.text]).toEqual(["oh hi!", "oh hi!"]);
    expect(tab.session.status.state).toBe("saving");
  });

  test("the answer to one's own, and what came with it", async () => {
    twice(update(7, ["oh ", 2], 1));
    expect([tab.shown, tab.session.text]).toEqual(["oh hi!", "oh hi!"]);
    expect(tab.session.status).toMatchObject({ state: "saved", reason: null, synchronized: true });
    await tab.type("?");
    twice(update(9, [6, "A"]));
    expect(tab.shown).toBe("oh hi!?A");
  });

  test("all that has come so far, once more in one", () => {
    tab.say(update(7, ["oh ", 2]));
    tab.say(update(8, ["A", 5]));
    tab.say({ ...update(7, ["Aoh ", 2]), to: 9 });
    expect(tab.shown).toBe("Aoh hi!");
  });

  afterEach(() => {
    expect(tab.sockets).toHaveLength(1);
    expect(tab.session.unsaved).toEqual([]);
  });
});

test.each<[string, ServerMessage]>([
  ["an edit is missing", update(8, ["A", 2])],
  ["somebody's caret is in a text of later", { type: "presence", revision: 9, who: {} }],
  ["a diagnostic is of a text of later", { type: "diagnostics", revision: 9, items: [] }],
])("where %s, it comes back with its place, and goes on", async (_what, later) => {
  tab.say(later);
  expect(tab.session.status).toMatchObject({ state: "offline", reason: "out_of_step" });
  await browser.clock.advance(400);
  await tab.welcome({ from: 7, to: 8, changes: [{ op: ["oh ", 2] }] });
  expect(tab.socket.of("hello")[0]).toMatchObject({ epoch: 1, revision: 7, outstanding: 1, seq: 1 });
  expect([tab.shown, tab.session.unsaved]).toEqual(["oh hi!", []]);
  expect(tab.socket.of("edit")).toMatchObject([{ seq: 1, revision: 7, op: [2, "!"] }]);
  tab.say(update(8, 1));
  expect(tab.session.status.state).toBe("saved");
});

test("what was said of a text of before is passed over", () => {
  tab.say(update(7, ["oh ", 2]));
  tab.say({ type: "participants", joined: [{ id: "ada", name: "Ada", color: "#abcdef", role: "editor", kind: "user" }] });
  tab.say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[2, 2]] }] } });
  expect([...tab.session.presence]).toEqual([]);
  expect(tab.sockets).toHaveLength(1);
});
