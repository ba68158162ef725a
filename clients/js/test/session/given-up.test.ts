/** What can't be sent, or may have been sent already, is offered as text, once, and never sent. */

import { beforeEach, describe, expect, test } from "vitest";
import { unsavedSessions, unsentSessions } from "../../src/index.js";
import type { Welcome } from "../../src/session/messages.js";
import { Browser, update, type Tab } from "../support/tab.js";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

async function openTab(): Promise<Tab> {
  const tab = await browser.tab();
  await tab.welcome({ text: "hi", revision: 7 });
  return tab;
}

const hello = (tab: Tab) => tab.socket.of("hello")[0];
const edits = (tab: Tab) => tab.socket.of("edit");

describe("a record that is older than what was sent", () => {
  /** Two letters are committed, one after the other; what is stored then dates from a moment about the second. */
  async function losePower(dates: "before the answer" | "before the edit" | "after the edit"): Promise<Tab> {
    const one = await browser.tab();
    const { clock, storage } = browser;
    let stored: [string, string][] = [];
    const flush = (when: typeof dates): void => {
      if (when === dates) stored = [...storage];
    };
    await one.welcome();
    await one.type("a");
    await one.type("b");
    flush("before the answer");
    one.say(update(0, 1));
    flush("before the edit");
    await clock.advance(100);
    flush("after the edit");
    one.unbind();
    one.crash();
    storage.clear();
    for (const [key, value] of stored) storage.setItem(key, value);
    return browser.tab();
  }

  const all: Partial<Welcome> = { text: "ab", from: 0, to: 2, changes: [{ ack: 1 }, { op: [1, "b"] }], last_seq: 2 };

  test("is not sent where it follows what was sent: that may be committed already", async () => {
    const tab = await losePower("before the answer");
    await tab.welcome(all);
    await browser.clock.advance(100);
    expect(hello(tab)).toMatchObject({ revision: 0, outstanding: 1 });
    expect(edits(tab)).toEqual([]);
    expect(tab.shown).toBe("ab");
    expect(tab.session.unsaved).toMatchObject([{ reason: "outdated", text: "b" }]);
    expect(unsentSessions(browser.storage)).toEqual([]);
    expect(unsavedSessions(browser.storage)).toEqual([{ session: "s", participant: "me" }]);
    for (const { id } of tab.session.unsaved) tab.session.dismiss(id);
    expect(unsavedSessions(browser.storage)).toEqual([]);
  });

  test("is not sent where it waited to be sent", async () => {
    const tab = await losePower("before the edit");
    expect(unsentSessions(browser.storage)).toHaveLength(1);
    await tab.welcome({ text: "ab", from: 1, to: 2, changes: [{ op: [1, "b"] }], last_seq: 2 });
    await browser.clock.advance(100);
    expect(hello(tab)).not.toHaveProperty("outstanding");
    expect(edits(tab)).toEqual([]);
    expect(tab.session.unsaved).toMatchObject([{ reason: "outdated", text: "b" }]);
  });

  test("is told from one that knows the last seq", async () => {
    const tab = await losePower("after the edit");
    await tab.welcome({ text: "ab", from: 1, to: 2, changes: [{ ack: 2 }], last_seq: 2 });
    expect(tab.shown).toBe("ab");
    expect(tab.session.unsaved).toEqual([]);
  });

  test("stays outdated through a crash on the way: nothing newer is stored before it is given up", async () => {
    const tab = await losePower("before the answer");
    const seen: unknown[] = [];
    const setItem = browser.storage.setItem.bind(browser.storage);
    browser.storage.setItem = (key, value) => {
      seen.push(key.split("/")[1]);
      setItem(key, value);
    };
    await tab.welcome(all);
    expect(seen).toEqual(["unsaved"]);
  });
});

describe("text that was refused", () => {
  const LONG = "x".repeat(1_200);

  test("takes the place of its record where there is no room for both", async () => {
    const tab = await openTab();
    browser.storage.quota = 3_000;
    await tab.type(LONG);
    expect(unsentSessions(browser.storage)).toHaveLength(1);
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    tab.crash();
    expect((await browser.tab()).session.unsaved).toMatchObject([{ reason: "forbidden", text: LONG }]);
  });

  test("is one text, whichever tab gives it up again, and however full the storage is by then", async () => {
    const tab = await openTab();
    await tab.type("!");
    const { removeItem } = browser.storage;
    browser.storage.removeItem = () => undefined;
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    tab.crash();
    browser.storage.removeItem = removeItem;
    browser.storage.quota = 0;
    const next = await browser.tab();
    await next.welcome({ text: "hi", from: 7, to: 7, changes: [], last_seq: 1 });
    expect(next.session.unsaved).toMatchObject([{ text: "!" }]);
    expect((await browser.tab()).session.unsaved).toMatchObject([{ text: "!" }]);
    expect(unsentSessions(browser.storage)).toEqual([]);
  });

  test("is kept apart from all else of the same client, sent or not", async () => {
    const tab = await openTab();
    await tab.type("a");
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    for (const text of ["b", "c"]) {
      await tab.type(text);
      tab.say({ type: "reset", reason: "diverged", epoch: 1, revision: 8, chain: "f".repeat(32), text: "new" });
    }
    const reloaded = await browser.tab();
    expect(reloaded.session.unsaved.map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });
});
