/** One edit, from the editor to its answer. */

import { beforeEach, describe, expect, test } from "vitest";
import { Operation, Selection, TooLarge } from "../../src/index.js";
import { ClientIds } from "../../src/browser/client-ids.js";
import { Session } from "../../src/session/session.js";
import { UnsavedTexts } from "../../src/browser/unsaved.js";
import { Browser, LIMITS, update, type Tab } from "../support/tab.js";
import { turn } from "../support/browser.js";

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hi", revision: 7 });
});

const edits = () => tab.socket.of("edit").map(({ seq, revision, op }) => ({ seq, revision, op }));

test("says hello with the token and a client id, and shows the text it is told", () => {
  expect(tab.socket.url).toBe("ws://server/ws/s");
  expect(tab.socket.sent[0]).toMatchObject({ type: "hello", protocol: 1, token: "secret" });
  const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(tab.socket.of("hello")[0]?.client).toMatch(uuid4);
  expect([tab.shown, tab.session.text, tab.session.status.state]).toEqual(["hi", "hi", "saved"]);
});

test("sends an edit at once, and the next one when it is answered", async () => {
  await tab.type("!");
  await tab.type("?");
  expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
  expect(tab.session.status.state).toBe("saving");
  await browser.clock.advance(100);
  tab.say(update(7, 1));
  expect(edits()[1]).toEqual({ seq: 2, revision: 8, op: [3, "?"] });
  tab.say(update(8, 2));
  expect(tab.session.status).toMatchObject({ state: "saved", reason: null, synchronized: true });
});

test("takes a frame as a whole: what an ack promotes is sent at the frame's end, moved past the rest", async () => {
  await tab.type("!");
  await tab.type("?");
  await browser.clock.advance(100);
  tab.say(update(7, 1, ["oh ", 3]));
  expect(edits()[1]).toEqual({ seq: 2, revision: 9, op: [6, "?"] });
  expect(tab.shown).toBe("oh hi!?");
});

test("never sends faster than it was told to", async () => {
  await tab.type("a");
  tab.say(update(7, 1));
  await tab.type("b");
  expect(edits()).toHaveLength(1);
  await browser.clock.advance(Math.ceil(1000 / LIMITS.edits_per_second));
  expect(edits()).toHaveLength(2);
});

test("what waits for its turn is still moved by what arrives", async () => {
  await tab.type("a");
  tab.say(update(7, 1));
  await tab.type("b");
  tab.say(update(8, ["oh ", 3]));
  await browser.clock.advance(100);
  expect(edits()[1]).toEqual({ seq: 2, revision: 9, op: [6, "b"] });
});

test("repeats what is not answered after 5 seconds, to the letter", async () => {
  await tab.type("!");
  tab.say(update(7, ["oh ", 2]));
  await browser.clock.advance(4_900);
  expect(edits()).toHaveLength(1);
  await browser.clock.advance(200);
  tab.say({ type: "pong" });
  await browser.clock.advance(5_000);
  expect(edits()).toEqual(Array(3).fill({ seq: 1, revision: 7, op: [2, "!"] }));
});

test("passes over an answer that comes once more", async () => {
  await tab.type("!");
  tab.say(update(7, 1));
  tab.say({ type: "update", from: 8, to: 8, chain: "0".repeat(32), changes: [{ ack: 1 }] });
  expect(tab.session.status).toMatchObject({ state: "saved", synchronized: true });
  expect(tab.shown).toBe("hi!");
});

test("repeats an undecided edit with backoff", async () => {
  await tab.type("!");
  tab.say({ type: "error", code: "unavailable", message: "store", seq: 1 });
  await browser.clock.advance(400);
  expect(edits()).toEqual(Array(2).fill({ seq: 1, revision: 7, op: [2, "!"] }));
});

test("tells its carets with the edit, in the text after it", async () => {
  tab.session.edit(Operation.replace(2, 2, 2, "!"));
  tab.session.select([new Selection(3)]);
  await turn();
  expect(tab.socket.of("edit")[0]?.selections).toEqual([[3, 3]]);
});

test("is saving from the edit on, before anything is sent", async () => {
  void tab.type("!");
  expect(tab.session.status).toMatchObject({ state: "saving", reason: null, synchronized: false });
  expect(edits()).toEqual([]);
  tab.say({ type: "session", lock: { by: "assistant", reason: "writing", until: "2030-01-01T00:00:00Z" } });
  void tab.type("?");
  expect(tab.session.status).toMatchObject({ state: "saving", reason: "locked", synchronized: false });
});

describe("synchronized()", () => {
  test("waits until all is committed that was typed before the call, sent or not", async () => {
    let isSaved = false;
    void tab.type("!");
    const saved = tab.session.synchronized().then(() => (isSaved = true));
    await tab.type("?");
    expect([edits().length, isSaved]).toEqual([1, false]);
    await browser.clock.advance(100);
    tab.say(update(7, 1));
    await turn();
    expect([edits().length, isSaved]).toEqual([2, false]);
    tab.say(update(8, 2));
    expect(await saved).toBe(true);
  });

  test("waits for what is typed while there is no connection", async () => {
    tab.socket.end(1006);
    void tab.type("!");
    let isSaved = false;
    const saved = tab.session.synchronized().then(() => (isSaved = true));
    await browser.clock.advance(400);
    await tab.welcome({ from: 7, to: 7, changes: [] });
    expect(isSaved).toBe(false);
    tab.say(update(7, 1));
    expect(await saved).toBe(true);
  });

  test("fails if something typed is taken back instead, be it text or none", async () => {
    await tab.type("!");
    const typed = tab.session.synchronized();
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    await expect(typed).rejects.toMatchObject({ name: "Refused", reason: "forbidden" });
    await browser.clock.advance(100);
    await tab.type("", 0, 2);
    const deleted = tab.session.synchronized();
    tab.say({ type: "reject", seq: 2, code: "invalid_operation", message: "no" });
    await expect(deleted).rejects.toMatchObject({ name: "Refused", reason: "invalid_operation" });
    await expect(tab.session.synchronized()).resolves.toBeUndefined();
  });
});

test("holds back while somebody else has locked the session", async () => {
  tab.say({ type: "session", lock: { by: "assistant", reason: "writing", until: "2030-01-01T00:00:00Z" } });
  await tab.type("!");
  expect(edits()).toEqual([]);
  expect(tab.session.status).toMatchObject({ state: "saving", reason: "locked" });
  tab.say({ type: "session", lock: null });
  expect(edits()).toHaveLength(1);
});

describe("what the server refuses", () => {
  test("is taken back with what followed it, offered as text, and kept until it is dismissed", async () => {
    await tab.type("!");
    await tab.type("?");
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    expect(tab.shown).toBe("hi");
    expect(tab.session.status).toMatchObject({ state: "refused", reason: "forbidden", synchronized: true });
    expect(tab.session.unsaved).toMatchObject([{ reason: "forbidden", text: "!?" }]);

    const reloaded = await browser.tab();
    expect(reloaded.session.unsaved).toEqual(tab.session.unsaved);
    tab.session.dismiss(tab.session.unsaved[0]!.id);
    expect(tab.session.status.state).toBe("saved");
    expect((await browser.tab()).session.unsaved).toEqual([]);
  });

  test("spends its seq", async () => {
    await tab.type("!");
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    await browser.clock.advance(100);
    await tab.type("?");
    expect(edits()[1]).toEqual({ seq: 2, revision: 7, op: [2, "?"] });
  });

  test("is not what another seq was about", async () => {
    await tab.type("!");
    tab.say({ type: "reject", seq: 9, code: "forbidden", message: "no" });
    expect(tab.shown).toBe("hi!");
  });

  test("is offered at once, and not even sent, if it makes the text too large; what is around it is saved", async () => {
    tab.socket.end(1006);
    await browser.clock.advance(400);
    await tab.welcome({ from: 7, to: 7, changes: [], limits: { ...LIMITS, document_bytes: 6 } });
    tab.socket.end(1006);
    await tab.type("a");
    expect(() => tab.session.edit(new Operation([3, "é漢"]))).toThrow(TooLarge);
    await turn();
    expect(tab.session.unsaved).toMatchObject([{ reason: "too_large", text: "é漢" }]);
    await tab.type("b", 0);
    expect(tab.session.text).toBe("bhia");
    await browser.clock.advance(1_000);
    await tab.welcome({ from: 7, to: 7, changes: [], limits: { ...LIMITS, document_bytes: 6 } });
    expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "a"] }]);
  });

  test("is sent in parts if it has too many components", async () => {
    tab.socket.end(1006);
    await browser.clock.advance(400);
    await tab.welcome({ from: 7, to: 7, changes: [], limits: { ...LIMITS, components: 3 } });
    tab.session.edit(new Operation([1, "a", 1, "b"]));
    await turn();
    expect(edits()).toEqual([{ seq: 1, revision: 7, op: [1, "a", 1] }]);
    tab.say(update(7, 1));
    await browser.clock.advance(100);
    expect(edits().at(-1)).toEqual({ seq: 2, revision: 8, op: [3, "b"] });
  });
});

test("a reset starts again from the server's text and offers what was unsaved", async () => {
  await tab.type("!");
  tab.say({ type: "reset", reason: "history_trimmed", epoch: 2, revision: 90, chain: "f".repeat(32), text: "new" });
  expect(tab.shown).toBe("new");
  expect(tab.session.unsaved).toMatchObject([{ reason: "history_trimmed", text: "!" }]);
  await browser.clock.advance(100);
  await tab.type("?");
  expect(edits()[1]).toEqual({ seq: 2, revision: 90, op: [3, "?"] });
});

test("a reset spends every seq up to the one that it tells", async () => {
  const place = { reason: "diverged", epoch: 1, revision: 7, chain: "f".repeat(32), text: "hi" };
  tab.say({ type: "reset", ...place, last_seq: 41 });
  await tab.type("!");
  tab.say({ type: "reset", ...place, last_seq: 5 });
  await browser.clock.advance(100);
  await tab.type("?");
  expect(edits().map(({ seq }) => seq)).toEqual([42, 43]);
});

test("hears nothing more of what the others of its tab can't save once it is closed", () => {
  const unsaved = new UnsavedTexts(null);
  const heard: string[] = [];
  const socket = (): never => expect.fail("it was never opened");
  const drained = new Session({ name: null, jitter: (least) => least, clientIds: new ClientIds(null, null), socket }, unsaved);
  drained.on("unsaved", ({ text }) => heard.push(text));
  const add = (text: string): void => unsaved.add({ id: text, reason: "forbidden", text }, () => undefined);
  add("before");
  drained.close();
  add("after");
  expect(heard).toEqual(["before"]);
});

test.each([
  ["another text's operation", update(7, ["a", 5])],
  ["an ack of something else", update(7, 5)],
  ["an ack that takes no revision", { ...update(7, 1), to: 7 }],
  ["a malformed operation", update(7, [0])],
])("asks for a new text when it is told %s", async (_what, wrong) => {
  await tab.type("!");
  tab.say(wrong);
  expect(tab.shown).toBe("hi!");
  await browser.clock.advance(400);
  await tab.welcome({ text: "other", revision: 30 });
  expect(tab.socket.of("hello")[0]).not.toHaveProperty("revision");
  expect(tab.shown).toBe("other");
  expect(tab.session.unsaved).toMatchObject([{ reason: "diverged", text: "!" }]);
});

test("a viewer can't edit", async () => {
  tab.say({ type: "session", role: "viewer" });
  expect(tab.session.editable).toBe(false);
  await expect(tab.type("!")).rejects.toThrow("can't be edited");
});
