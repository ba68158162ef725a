/** Who is here, where their carets are, and whether both sides have the same text. */

import { beforeEach, describe, expect, test } from "vitest";
import { Selection, TooLarge } from "../../src/index.js";
import type { WirePresence } from "../../src/session/messages.js";
import { crc32 } from "../../src/session/crc32.js";
import { Browser, Tab, update } from "../support/tab.js";
import { turn } from "../support/browser.js";

const ADA = { id: "ada", name: "Ada", color: "#abcdef", role: "editor", kind: "user" } as const;

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hello", revision: 7 });
});

const carets = () => tab.session.presence.get("ada")?.[0]?.selections.map((selection) => selection.toWire());

describe("others' carets", () => {
  beforeEach(() => tab.say({ type: "participants", joined: [ADA] }));

  test("are moved past one's own unconfirmed edits, and past what follows", async () => {
    await tab.type("oh ", 0);
    tab.say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 5]], typing: true }] } });
    expect(carets()).toEqual([[4, 8]]);
    await tab.type("", 0, 3);
    expect(carets()).toEqual([[1, 5]]);
    tab.say(update(7, ["A", 5]));
    expect(carets()).toEqual([[2, 6]]);
  });

  test("are kept within the text", () => {
    tab.say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[-3, 99]] }] } });
    expect(carets()).toEqual([[0, 5]]);
  });

  test("go with their participant", () => {
    tab.say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 1]] }] } });
    tab.say({ type: "participants", left: ["ada"] });
    expect(carets()).toBeUndefined();
    expect(tab.session.participants.has("ada")).toBe(false);
  });

  test("go when the server says so; one's own are not among them", () => {
    tab.say({ type: "presence", revision: 7, who: { ada: [{ connection: "a", selections: [[1, 1]] }] } });
    tab.say({ type: "presence", revision: 7, who: { ada: [], me: [{ connection: "mine", selections: [[2, 2]] }] } });
    expect([...tab.session.presence]).toEqual([]);
  });
});

describe("carets in several tabs of a person", () => {
  const shown = (id: string) =>
    tab.session.presence.get(id)?.map(({ connection, selections }) => [connection, ...selections.map((one) => one.head)]);

  test("are shown each by itself; one that is closed leaves the others", () => {
    tab.say({ type: "participants", joined: [ADA] });
    const first = { connection: "a", selections: [[3, 3]] } as WirePresence;
    const second = { connection: "b", selections: [[4, 4]] } as WirePresence;
    tab.say({ type: "presence", revision: 7, who: { ada: [first, second] } });
    expect(shown("ada")).toEqual([["a", 3], ["b", 4]]);
    tab.say({ type: "presence", revision: 7, who: { ada: [first] } });
    expect(shown("ada")).toEqual([["a", 3]]);
  });

  test("of one's own other tabs are shown, and this one's are not", () => {
    let events = 0;
    tab.session.on("presence", () => events++);
    const mine = (at: number): WirePresence => ({ connection: "mine", selections: [[at, at]] });
    const other: WirePresence = { connection: "tab", selections: [[2, 2]] };
    for (const at of [1, 2, 3]) tab.say({ type: "presence", revision: 7, who: { me: [mine(at), other] } });
    expect(shown("me")).toEqual([["tab", 2]]);
    expect(events).toBe(1);
  });
});

describe("data beside one's own carets", () => {
  const told = () => tab.socket.of("presence").map(({ selections, data }) => [selections, data]);

  test("stay while the carets move, and are as they were when they were given", async () => {
    const data = { tool: "pen" };
    tab.session.select([new Selection(1)], { data });
    data.tool = "brush";
    await turn();
    tab.session.select([new Selection(2)]);
    await browser.clock.advance(1_000);
    tab.session.select(null, { data: null });
    await turn();
    expect(told()).toEqual([[[[1, 1]], { tool: "pen" }], [[[2, 2]], { tool: "pen" }], [[[2, 2]], undefined]]);
  });

  test.each([
    ["1,025 bytes", "x".repeat(1_023), TooLarge],
    ["1,026 bytes in fewer letters", "é".repeat(512), TooLarge],
    ["half a surrogate pair", ["\ud83d"], TypeError],
    ["half a surrogate pair after a backslash", "\\\udc00", TypeError],
    ["a function", () => 1, TypeError],
    ["a number that JSON has no word for", 1n, TypeError],
  ])("%s are refused, and nothing changes", async (_, data, error) => {
    expect(() => tab.session.select([new Selection(1)], { data })).toThrow(error);
    await turn();
    expect(told()).toEqual([]);
  });

  test.each([["x".repeat(1_022)], ["\\ud83d"], ["😀"], [0], [false], [{ a: [null] }]])("%j are told", async (data) => {
    tab.session.select([new Selection(1)], { data });
    await turn();
    expect(told()).toEqual([[[[1, 1]], data]]);
  });
});

describe("one's own carets", () => {
  const told = () => tab.socket.of("presence");

  test("are told, and no more than ten times a second", async () => {
    for (let i = 0; i < 5; i++) {
      tab.session.select([new Selection(i)]);
      await turn();
    }
    expect(told().map(({ selections }) => selections)).toEqual([[[0, 0]]]);
    await browser.clock.advance(100);
    expect(told().map(({ selections }) => selections)).toEqual([[[0, 0]], [[4, 4]]]);
  });

  test("are told only when nothing is unconfirmed, in the text as it is then", async () => {
    await tab.type("!");
    await tab.type("?");
    tab.session.select([new Selection(7)]);
    await browser.clock.advance(1_000);
    expect(told()).toEqual([]);
    tab.say(update(7, 1, ["oh ", 6]));
    expect(tab.socket.of("edit")[1]).toMatchObject({ revision: 9, selections: [[10, 10]] });
    tab.session.select([new Selection(4)]);
    await browser.clock.advance(100);
    expect(told()).toEqual([]);
    tab.say(update(9, ["A", 9], 2));
    expect(told()).toMatchObject([{ revision: 11, selections: [[5, 5]] }]);
  });

  test("are told once, whatever happens to the text around them", async () => {
    tab.session.select([new Selection(3)]);
    await turn();
    tab.say(update(7, ["oh ", 5]));
    tab.session.select([new Selection(6)]);
    await browser.clock.advance(1_000);
    expect(told()).toMatchObject([{ revision: 7, selections: [[3, 3]] }]);
  });

  test("are told at the first welcome, though they were set before the tab had a client id", async () => {
    tab = new Tab(browser, {});
    tab.session.select([new Selection(0)]);
    await turn();
    await tab.welcome();
    expect(told()).toMatchObject([{ revision: 0, selections: [[0, 0]] }]);
  });

  test("are told again to a new connection", async () => {
    tab.session.select([new Selection(3)]);
    await turn();
    tab.socket.end(1006);
    await browser.clock.advance(400);
    await tab.welcome({ from: 7, to: 7, changes: [] });
    await browser.clock.advance(100);
    expect(told()).toMatchObject([{ selections: [[3, 3]] }]);
  });

  test("say that one is typing, and then that one is not", async () => {
    tab.session.select([new Selection(2)]);
    await browser.clock.advance(100);
    await tab.type("!");
    await tab.type("?");
    tab.say(update(7, 1));
    await browser.clock.advance(100);
    // The carets that go along with an edit are those of somebody who types.
    expect(tab.socket.of("edit").map(({ selections }) => selections)).toEqual([[[2, 2]], [[2, 2]]]);
    tab.say(update(8, 2));
    await browser.clock.advance(1_800);
    expect(told()).toMatchObject([{ typing: false }]);
    await browser.clock.advance(200);
    expect(told()).toMatchObject([{ typing: false }, { revision: 9, selections: [[2, 2]], typing: false }]);
  });

  test("say that one is typing where they move after an edit", async () => {
    await tab.type("!");
    tab.session.select([new Selection(2)]);
    tab.say(update(7, 1));
    await browser.clock.advance(100);
    expect(told()).toMatchObject([{ selections: [[2, 2]], typing: true }]);
  });
});

describe("verification", () => {
  const asked = () => tab.socket.of("verify");

  test("asks when the text has rested, at most every ten seconds", async () => {
    tab.say(update(7, ["A", 5]));
    await browser.clock.advance(1_900);
    expect(asked()).toEqual([]);
    await browser.clock.advance(200);
    expect(asked()).toEqual([{ type: "verify", revision: 8, crc32: crc32("Ahello") }]);
    tab.say(update(8, ["B", 6]));
    await browser.clock.advance(9_000);
    expect(asked()).toHaveLength(1);
    await browser.clock.advance(1_000);
    expect(asked()).toHaveLength(2);
  });

  test("does not ask about unconfirmed text", async () => {
    await tab.type("!");
    await browser.clock.advance(4_000);
    expect(asked()).toEqual([]);
  });

  test("counts as zlib does", () => {
    expect([crc32(""), crc32("hello"), crc32("😀")]).toEqual([0, 0x3610a686, 0x054db544]);
  });
});

test("the session's title, language and lock are kept up", () => {
  tab.say({ type: "session", title: "New", lock: { by: "ada", reason: "x", until: "2030-01-01T00:00:00Z" } });
  expect(tab.session.info).toMatchObject({ title: "New", language: "python", lock: { by: "ada" } });
});

test("messages and fields of a later protocol are ignored", () => {
  tab.say({ type: "novelty", field: 1 } as never);
  tab.say({ ...update(7, ["A", 5]), novelty: true } as never);
  expect(tab.shown).toBe("Ahello");
});
