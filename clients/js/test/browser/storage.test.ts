/** Nothing that was typed is lost with its tab, and nothing comes twice. */

import { beforeEach, describe, expect, test } from "vitest";
import { unsentSessions } from "../../src/index.js";
import { Browser, update, type Tab } from "../support/tab.js";
import { turn } from "../support/browser.js";

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
const edits = (tab: Tab) => tab.socket.of("edit").map(({ seq, revision, op }) => ({ seq, revision, op }));

test("an edit is stored before it is sent", async () => {
  const tab = await openTab();
  let stored: unknown = null;
  tab.socket.hear = ({ type }) => {
    if (type === "edit") stored = unsentSessions(browser.storage);
  };
  await tab.type("!");
  expect(stored).toEqual([{ session: "s", participant: "me" }]);
});

describe("with a large text unsent", () => {
  const LARGE = "x".repeat(300_000);

  async function offline(): Promise<{ tab: Tab; written: () => number }> {
    const tab = await openTab();
    tab.socket.end(1006);
    await tab.type(LARGE);
    let written = 0;
    const { storage } = browser;
    const setItem = storage.setItem.bind(storage);
    storage.setItem = (key, value) => {
      written += key.length + value.length;
      setItem(key, value);
    };
    return { tab, written: () => written };
  }

  const resumed = async (): Promise<string> => {
    const tab = await browser.tab();
    await tab.welcome({ text: "hi", from: 7, to: 7, changes: [] });
    return tab.shown;
  };

  test("a key is stored by itself, and read with it", async () => {
    const { tab, written } = await offline();
    for (let key = 0; key < 100; key++) await tab.type(`${key % 10}`);
    await tab.type("in front", 0, 1);
    expect(written()).toBeLessThan(30_000);
    const { shown } = tab;
    tab.crash();
    expect(await resumed()).toBe(shown);
  });

  test("it is stored anew once as much has been typed, and what lay beside it goes", async () => {
    const { tab, written } = await offline();
    const beside = browser.storage.length;
    for (let key = 0; key < 6; key++) await tab.type("y".repeat(60_000));
    expect(written()).toBeGreaterThan(600_000);
    expect(browser.storage.length).toBeLessThan(beside + 3);
    const { shown } = tab;
    tab.crash();
    expect(await resumed()).toBe(shown);
  });

  test("what comes after a gap does not count", async () => {
    const { tab } = await offline();
    await tab.type("one ");
    await tab.type("two ");
    const [second] = [...browser.storage].filter(([, value]) => value.includes("two ")).map(([key]) => key);
    await tab.type("three");
    tab.crash();
    browser.storage.removeItem(second!);
    const next = await browser.tab();
    await next.welcome({ text: "hi", from: 7, to: 7, changes: [] });
    expect(next.shown).toBe(`hi${LARGE}one `);
    // Nor does it later, where the gap might be filled.
    await next.type("2 ");
    await next.type("3 ");
    const { shown } = next;
    next.crash();
    expect(await resumed()).toBe(shown);
  });
});

test("nothing is stored any more once it is answered", async () => {
  const tab = await openTab();
  await tab.type("!");
  tab.say(update(7, 1));
  expect(unsentSessions(browser.storage)).toEqual([]);
  expect(browser.storage.length).toBe(0);
});

describe("a tab that opens after another was closed with unsent edits", () => {
  test("becomes the client that the other was, and finishes its edits", async () => {
    const closed = await openTab();
    await closed.type("!");
    await closed.type("?");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "oh hi", revision: 8, from: 7, to: 8, changes: [{ op: ["oh ", 2] }] });
    expect(hello(tab)).toMatchObject({
      client: hello(closed)?.client,
      epoch: 1,
      revision: 7,
      outstanding: 1,
      text: true,
    });
    expect(tab.shown).toBe("oh hi!?");
    expect(edits(tab)).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
    tab.say(update(8, 1));
    await browser.clock.advance(100);
    expect(edits(tab)[1]).toEqual({ seq: 2, revision: 9, op: [6, "?"] });
    tab.say(update(9, 2));
    expect(tab.session.status.state).toBe("saved");
    expect(unsentSessions(browser.storage)).toEqual([]);
  });

  test("finds that the first of them had arrived", async () => {
    const closed = await openTab();
    await closed.type("!");
    await closed.type("?");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "hi!A", from: 7, to: 9, changes: [{ ack: 1 }, { op: [3, "A"] }], last_seq: 1 });
    expect(tab.shown).toBe("hi!?A");
    expect(edits(tab)).toEqual([{ seq: 2, revision: 9, op: [3, "?", 1] }]);
  });

  test("finds that all of them had arrived", async () => {
    const closed = await openTab();
    await closed.type("!");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "hi!", from: 7, to: 8, changes: [{ ack: 1 }], last_seq: 1 });
    expect([tab.shown, tab.session.status.state, browser.storage.length]).toEqual(["hi!", "saved", 0]);
  });

  test("offers them as text if they were refused", async () => {
    const closed = await openTab();
    await closed.type("!");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "hi", from: 7, to: 7, changes: [], last_seq: 1 });
    expect(tab.shown).toBe("hi");
    expect(tab.session.unsaved).toMatchObject([{ reason: "refused", text: "!" }]);
  });

  test("offers them as text if the server can't resume them", async () => {
    const closed = await openTab();
    await closed.type("!");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "new", revision: 90, reset: "history_trimmed" });
    expect(tab.shown).toBe("new");
    expect(tab.session.unsaved).toMatchObject([{ reason: "history_trimmed", text: "!" }]);
  });

  test("offers them as text if what the server tells does not fit them", async () => {
    const closed = await openTab();
    await closed.type("!");
    closed.crash();

    const tab = await browser.tab();
    await tab.welcome({ text: "hi, somebody", from: 7, to: 7, changes: [] });
    await browser.clock.advance(400);
    await tab.welcome({ text: "new", revision: 9 });
    expect(hello(tab)).not.toHaveProperty("revision");
    expect(tab.shown).toBe("new");
    expect(tab.session.unsaved).toMatchObject([{ reason: "diverged", text: "!" }]);
  });

  test("keeps them through a second crash before the server is back", async () => {
    (await openTab()).crash();
    const first = await openTab();
    await first.type("!");
    first.crash();
    (await browser.tab()).crash();
    const tab = await browser.tab();
    tab.socket.onopen?.();
    expect(hello(tab)).toMatchObject({ client: hello(first)?.client, outstanding: 1 });
  });
});

describe("tabs beside each other", () => {
  test("have client ids of their own, whatever the others have stored", async () => {
    const one = await openTab();
    await one.type("!");
    const two = await openTab();
    expect(hello(two)?.client).not.toBe(hello(one)?.client);
    expect(hello(two)).not.toHaveProperty("revision");
  });

  test("one drains what the others leave, one by one, each under its own client id", async () => {
    const closed = [await openTab(), await openTab(), await openTab()];
    for (const [i, tab] of closed.entries()) await tab.type(`${i}`);
    for (const tab of closed) tab.crash();
    await turn();

    const tab = await browser.tab();
    const ids = new Set(closed.map((other) => hello(other)?.client));
    expect(tab.sockets).toHaveLength(2);
    for (const socket of tab.sockets) {
      socket.onopen?.();
      expect(ids).toContain(socket.of("hello")[0]?.client);
    }
    const drained = tab.sockets[1]!;
    await tab.welcome({ text: "hi", from: 7, to: 7, changes: [] });
    expect(drained.of("edit")).toHaveLength(1);
    drained.say(update(7, 1));
    await turn();
    expect(drained.closed).toBe(true);
    expect(tab.sockets).toHaveLength(3);
    await tab.welcome({ text: "hi", from: 7, to: 7, changes: [] });
    tab.say(update(7, 1));
    await turn();
    expect(tab.sockets).toHaveLength(3);
  });

  test("one drains what another leaves later", async () => {
    const one = await openTab();
    await one.type("!");
    const two = await openTab();
    expect(two.sockets).toHaveLength(1);
    one.crash();
    await turn();
    two.socket.onopen?.();
    expect(hello(two)).toMatchObject({ client: hello(one)?.client, outstanding: 1 });
  });

  test("what another sent before it was closed is not drained", async () => {
    const one = await openTab();
    await one.type("!");
    const two = await openTab();
    one.say(update(7, 1));
    one.crash();
    await turn();
    expect(two.sockets).toHaveLength(1);
  });

  test("what a drained client could not send is offered where it was drained", async () => {
    const closed = [await openTab(), await openTab()];
    for (const [i, tab] of closed.entries()) await tab.type(`${i}`);
    for (const tab of closed) tab.crash();
    await turn();
    const tab = await browser.tab();
    await tab.welcome({ text: "new", revision: 1, reset: "lineage" });
    expect(tab.session.unsaved).toHaveLength(1);
  });

  test("stop draining when they are closed", async () => {
    const closed = [await openTab(), await openTab()];
    for (const tab of closed) await tab.type("!");
    for (const tab of closed) tab.crash();
    await turn();
    const tab = await browser.tab();
    tab.crash();
    expect(tab.sockets.map((socket) => socket.closed)).toEqual([true, true]);
  });
});

describe("without", () => {
  test.each([["storage", { storage: null }], ["locks", { locks: null }]])(
    "%s a tab takes a fresh id and goes on",
    async (_what, options) => {
      const tab = await browser.tab(options);
      await tab.welcome({ text: "hi", revision: 7 });
      await tab.type("!");
      expect(edits(tab)).toHaveLength(1);
      expect(unsentSessions(browser.storage)).toEqual([]);
      const next = await browser.tab(options);
      next.socket.onopen?.();
      expect(hello(next)?.client).not.toBe(hello(tab)?.client);
    },
  );

  test("room in the storage nothing stale is left there", async () => {
    const tab = await openTab();
    await tab.type("!");
    browser.storage.quota = 0;
    await tab.type("?");
    expect(unsentSessions(browser.storage)).toHaveLength(1);
    tab.say(update(7, 1));
    expect([...browser.storage]).toEqual([]);
    expect(edits(tab)).toHaveLength(1);
  });
});

describe("what is stored nowhere is offered when its tab is closed", () => {
  test.each([
    ["without a storage", { storage: null }, Infinity],
    ["without locks", { locks: null }, Infinity],
    ["with a storage that takes nothing", {}, 0],
  ])("%s", async (_what, options, quota) => {
    const tab = await browser.tab(options);
    await tab.welcome({ text: "hi", revision: 7 });
    browser.storage.quota = quota;
    await tab.type("!");
    tab.session.close();
    expect([tab.shown, tab.session.text]).toEqual(["hi", "hi"]);
    expect(tab.session.unsaved).toMatchObject([{ reason: "left", text: "!" }]);
  });

  test("also where only the last of it did not fit", async () => {
    const tab = await openTab();
    await tab.type("!");
    browser.storage.quota = 0;
    await tab.type("?");
    tab.socket.end(4409);
    expect(tab.session.status).toMatchObject({ state: "closed", reason: "replaced" });
    expect(tab.session.unsaved).toMatchObject([{ reason: "replaced", text: "!?" }]);
  });

  test("and by the next tab too, where texts can be kept but no tab can own an id", async () => {
    const tab = await browser.tab({ locks: null });
    await tab.welcome({ text: "hi", revision: 7 });
    await tab.type("!");
    tab.session.close();
    expect((await browser.tab()).session.unsaved).toMatchObject([{ reason: "left", text: "!" }]);
  });
});

describe("whether closing the tab loses anything is told,", () => {
  const safe = (tab: Tab): boolean => tab.session.status.safe;

  test("also to who listens: a storage that takes nothing, and then something again", async () => {
    const tab = await openTab();
    const told: boolean[] = [];
    tab.session.on("status", (status) => told.push(status.safe));
    tab.socket.end(1006);
    await tab.type("!");
    expect([safe(tab), tab.session.status.synchronized]).toEqual([true, false]);
    browser.storage.quota = 0;
    await tab.type("?");
    expect(safe(tab)).toBe(false);
    browser.storage.quota = Infinity;
    await tab.type(".");
    expect(safe(tab)).toBe(true);
    expect(told.filter((one, i) => one !== told[i - 1])).toEqual([true, false, true]);
  });

  test("where the quota is reached midway", async () => {
    const tab = await openTab();
    tab.socket.end(1006);
    browser.storage.quota = 2_000;
    let typed = 0;
    while (safe(tab) && typed < 100) {
      await tab.type("forty letters, or less if they are typed");
      typed++;
    }
    expect([typed > 5, safe(tab)]).toEqual([true, false]);
    await tab.type("", 0, tab.session.length);
    expect(safe(tab)).toBe(true);
  });

  test.each([
    ["without a storage", { storage: null }],
    ["without locks", { locks: null }],
  ])("%s", async (_what, options) => {
    const tab = await browser.tab(options);
    await tab.welcome({ text: "hi", revision: 7 });
    expect(safe(tab)).toBe(true);
    await tab.type("!");
    expect(safe(tab)).toBe(false);
    tab.say(update(7, 1));
    expect(safe(tab)).toBe(true);
  });

  test("where a storage throws whatever is asked of it", async () => {
    const refuse = (): never => {
      throw new DOMException("no", "SecurityError");
    };
    const tab = await openTab();
    tab.socket.end(1006);
    browser.storage.setItem = refuse;
    browser.storage.removeItem = refuse;
    await tab.type("!");
    expect(safe(tab)).toBe(false);
  });

  test("for what is offered too, until it is dismissed or there is room", async () => {
    const tab = await openTab();
    browser.storage.quota = 0;
    await tab.type("!");
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    expect([tab.session.status.state, safe(tab)]).toEqual(["refused", false]);
    await tab.type("?");
    await browser.clock.advance(1_000);
    tab.say({ type: "reject", seq: 2, code: "forbidden", message: "no" });
    const [first, second] = tab.session.unsaved;
    browser.storage.quota = Infinity;
    tab.session.dismiss(first!.id);
    expect(safe(tab)).toBe(true);
    tab.crash();
    expect((await browser.tab()).session.unsaved).toEqual([second]);
  });
});

test("what is stored stays in the text of a tab that is closed, and is not offered", async () => {
  const tab = await openTab();
  await tab.type("!");
  void tab.type("?");
  tab.session.close();
  await turn();
  expect([tab.shown, tab.session.text, tab.session.unsaved]).toEqual(["hi!?", "hi!?", []]);
  expect((await browser.tab()).sockets).toHaveLength(1);
  expect(unsentSessions(browser.storage)).toHaveLength(1);
});

test("another participant's stored edits are left alone", async () => {
  const mine = await openTab();
  await mine.type("!");
  mine.crash();
  const other = await browser.tab({ participant: "somebody else" });
  other.socket.onopen?.();
  expect(hello(other)?.client).not.toBe(hello(mine)?.client);
  expect(unsentSessions(browser.storage)).toEqual([{ session: "s", participant: "me" }]);
});
