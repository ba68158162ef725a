/** Somebody else edits alone: what was typed is held, or offered back, never lost. */

import { beforeEach, expect, test } from "vitest";
import type { Lock } from "../../src/index.js";
import { Browser, LIMITS, update, type Tab } from "../support/tab.js";

const lock: Lock = { by: "assistant", reason: "The assistant is writing", until: "2030-01-01T00:00:00Z" };

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hi", revision: 7 });
});

const sent = () => tab.socket.of("edit").map(({ seq, revision, op }) => ({ seq, revision, op }));

test("holds what is typed, moves it over what the holder writes, and sends it when everybody may edit again", async () => {
  tab.say({ type: "session", lock });
  expect(tab.session.locked).toBe(true);
  await tab.type("!");
  await browser.clock.advance(10_000);
  expect(sent()).toEqual([]);
  expect(tab.session.status).toMatchObject({ state: "saving", reason: "locked", synchronized: false });
  tab.say(update(7, ["oh ", 2]));
  tab.say({ type: "session", lock: null });
  expect(sent()).toEqual([{ seq: 1, revision: 8, op: [5, "!"] }]);
  expect([tab.session.locked, tab.shown]).toEqual([false, "oh hi!"]);
});

test("keeps what was on its way, and sends it under a new seq at the end of the lock", async () => {
  await tab.type("!");
  await tab.type("?");
  tab.say({ type: "session", lock });
  tab.say({ type: "reject", seq: 1, code: "locked", message: lock.reason });
  expect(tab.shown).toBe("hi!?");
  expect(tab.session.unsaved).toEqual([]);
  await tab.type("...");
  await browser.clock.advance(1_000);
  expect(sent()).toHaveLength(1);
  tab.say({ type: "session", lock: null });
  await browser.clock.advance(1000 / LIMITS.edits_per_second);
  expect(sent().at(-1)).toEqual({ seq: 2, revision: 7, op: [2, "!"] });
});

test("asks again about what was on its way, which was decided before the lock or is refused by it", async () => {
  await tab.type("!");
  tab.say({ type: "session", lock });
  await browser.clock.advance(6_000);
  expect(sent()).toEqual([
    { seq: 1, revision: 7, op: [2, "!"] },
    { seq: 1, revision: 7, op: [2, "!"] },
  ]);
  tab.say(update(7, 1));
  expect(tab.session.status.state).toBe("saved");
});

test("is locked from its welcome on, and not by a lock of one's own", async () => {
  const other = await browser.tab();
  await other.welcome({ session: { id: "s", title: "T", language: "python", run: true, runs: 0, lock } });
  expect(other.session.locked).toBe(true);
  other.say({ type: "session", lock: { ...lock, by: "me" } });
  expect(other.session.locked).toBe(false);
});
