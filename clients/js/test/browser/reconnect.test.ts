/** Connections that end, and how they come back. */

import { beforeEach, describe, expect, test } from "vitest";
import type { ServerMessage } from "../../src/session/messages.js";
import { Browser, update, type Tab } from "../support/tab.js";
import { turn } from "../support/browser.js";

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = new Browser();
  tab = await browser.tab();
  await tab.welcome({ text: "hi", revision: 7 });
});

const edits = () => tab.socket.of("edit").map(({ seq, revision, op }) => ({ seq, revision, op }));

async function comeBack(): Promise<void> {
  tab.socket.end(1006);
  await browser.clock.advance(400);
}

test("goes on from where it was, and sends again what was neither acknowledged nor refused", async () => {
  await tab.type("!");
  tab.say(update(7, ["oh ", 2]));
  await comeBack();
  expect(tab.session.status.state).toBe("offline");
  await tab.type("?");
  await tab.welcome({ from: 8, to: 9, changes: [{ op: ["A", 5] }] });
  expect(tab.socket.of("hello")[0]).toMatchObject({ epoch: 1, revision: 8, outstanding: 1, seq: 1 });
  expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
  expect(tab.shown).toBe("Aoh hi!?");
  expect(tab.session.status.state).toBe("saving");
});

test("finds its own edit among what it missed", async () => {
  await tab.type("!");
  await tab.type("?");
  await comeBack();
  await tab.welcome({ from: 7, to: 9, changes: [{ ack: 1 }, { op: ["A", 3] }], last_seq: 1 });
  expect(edits()).toEqual([{ seq: 2, revision: 9, op: [4, "?"] }]);
  expect(tab.shown).toBe("Ahi!?");
});

test("learns that its edit was refused while it was away", async () => {
  await tab.type("!");
  await comeBack();
  await tab.welcome({ from: 7, to: 7, changes: [], last_seq: 1 });
  expect(edits()).toEqual([{ seq: 2, revision: 7, op: [2, "!"] }]);
  tab.say({ type: "reject", seq: 2, code: "forbidden", message: "no" });
  expect(tab.shown).toBe("hi");
  expect(tab.session.unsaved).toMatchObject([{ reason: "forbidden", text: "!" }]);
});

test("starts again where the server can't resume it", async () => {
  await tab.type("!");
  await comeBack();
  await tab.welcome({ text: "new", revision: 3, epoch: 2, reset: "lineage", last_seq: 5 });
  expect(tab.shown).toBe("new");
  expect(tab.session.unsaved).toMatchObject([
    { reason: "restored", text: "hi" },
    { reason: "lineage", text: "!" },
  ]);
  expect(tab.session.offer(tab.session.unsaved[0]!.id)?.toWire()).toEqual([-3, "hi"]);
  await browser.clock.advance(100);
  await tab.type("?");
  expect(edits()).toEqual([{ seq: 6, revision: 3, op: [3, "?"] }]);
});

test("keeps its client id over reconnects", async () => {
  const before = tab.socket.of("hello")[0]?.client;
  await comeBack();
  await tab.welcome({ from: 7, to: 7, changes: [] });
  expect(tab.socket.of("hello")[0]?.client).toBe(before);
});

test.each([1001, 1005, 1006, 1011, 1013])("comes back after close code %i", async (code) => {
  tab.socket.end(code);
  await browser.clock.advance(400);
  expect(tab.sockets).toHaveLength(2);
});

test.each([
  [1009, "too_big"],
  [4400, "malformed"],
  [4403, "forbidden"],
  [4404, "no_such_session"],
  [4409, "replaced"],
])("does not come back after close code %i", async (code, reason) => {
  tab.socket.end(code);
  browser.network.online();
  await browser.clock.advance(60_000);
  expect(tab.sockets).toHaveLength(1);
  expect(tab.session.status).toMatchObject({ state: "closed", reason });
  expect(tab.session.editable).toBe(false);
});

test("offers what it can never send any more", async () => {
  await tab.type("!");
  tab.socket.end(4403);
  expect(tab.session.unsaved).toMatchObject([{ reason: "forbidden", text: "!" }]);
  expect(tab.shown).toBe("hi");
});

test.each([
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[1]"],
  ["of no type", '{"type":7}'],
  ["bytes", new ArrayBuffer(2)],
  ["without what its type has", '{"type":"presence","revision":7}'],
])("takes another connection, with its place, after a frame that is %s", async (_what, data) => {
  await tab.type("!");
  tab.socket.onmessage?.({ data });
  expect(tab.session.status).toMatchObject({ state: "offline" });
  await browser.clock.advance(400);
  tab.socket.onopen?.();
  expect(tab.socket.of("hello")).toMatchObject([{ revision: 7, outstanding: 1 }]);
  expect([tab.sockets.length, tab.shown, tab.session.unsaved]).toEqual([2, "hi!", []]);
});

test("waits longer each time, at random, up to 10 seconds", async () => {
  const waits: number[] = [];
  for (let failure = 0; failure < 9; failure++) {
    tab.socket.end(1006);
    const before = browser.clock.now();
    const sockets = tab.sockets.length;
    while (tab.sockets.length === sockets) await browser.clock.advance(10);
    waits.push(browser.clock.now() - before);
  }
  expect(waits[0]).toBeLessThanOrEqual(410);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits.at(-1)).toBeGreaterThan(5_000);
  expect(waits.at(-1)).toBeLessThanOrEqual(10_010);
});

test("waits shortly again after a connection that lasted", async () => {
  for (let failure = 0; failure < 6; failure++) {
    tab.socket.end(1006);
    await browser.clock.advance(10_000);
  }
  await tab.welcome({ from: 7, to: 7, changes: [] });
  await browser.clock.advance(6_000);
  const { length } = tab.sockets;
  await comeBack();
  expect(tab.sockets).toHaveLength(length + 1);
});

test("tries at once when the network is back", async () => {
  for (let failure = 0; failure < 6; failure++) {
    tab.socket.end(1006);
    await browser.clock.advance(10_000);
  }
  tab.socket.end(1006);
  const { length } = tab.sockets;
  browser.network.online();
  await turn();
  expect(tab.sockets).toHaveLength(length + 1);
});

test("waits long after it was too fast", async () => {
  tab.socket.end(4429);
  await browser.clock.advance(5_000);
  expect(tab.sockets).toHaveLength(1);
  await browser.clock.advance(5_000);
  expect(tab.sockets).toHaveLength(2);
});

test("gives up a socket that answers two pings by nothing", async () => {
  await browser.clock.advance(20_000);
  expect(tab.socket.of("ping")).toHaveLength(1);
  tab.say({ type: "pong" });
  await browser.clock.advance(20_000);
  expect(tab.sockets).toHaveLength(1);
  await browser.clock.advance(40_400);
  expect(tab.sockets).toHaveLength(2);
});

describe("while an edit waits for its answer", () => {
  test("gives up a socket on which nothing comes, and has another within 9 seconds", async () => {
    await tab.type("!");
    await browser.clock.advance(7_900);
    expect(tab.socket.of("ping")).toHaveLength(1);
    expect(edits()).toHaveLength(2);
    expect(tab.sockets).toHaveLength(1);
    await browser.clock.advance(500);
    expect(tab.sockets).toHaveLength(2);
    expect(tab.sockets[0]!.closed).toBe(true);
    await tab.welcome({ from: 7, to: 7, changes: [] });
    expect(tab.socket.of("hello")[0]).toMatchObject({ revision: 7, outstanding: 1 });
    expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
  });

  test.each<[string, ServerMessage]>([
    ["a pong", { type: "pong" }],
    ["unavailable", { type: "error", code: "unavailable", message: "store", seq: 1 }],
    ["somebody else's caret", { type: "presence", revision: 7, who: {} }],
  ])("keeps one on which %s comes, however long the answer takes", async (_, word) => {
    await tab.type("!");
    for (let sent = 2; sent <= 5; sent++) {
      for (let wait = 0; edits().length < sent && wait < 100; wait++) await browser.clock.advance(100);
      await browser.clock.advance(2_800);
      tab.say(word);
    }
    expect(tab.sockets).toHaveLength(1);
    expect(edits()).toEqual(Array(5).fill({ seq: 1, revision: 7, op: [2, "!"] }));
  });

  test("gives the next twice as long, which may only be slow, until there is an answer", async () => {
    const patience = async (): Promise<number> => {
      await tab.type("!");
      await browser.clock.advance(5_000);
      const begin = browser.clock.now();
      const sockets = tab.sockets.length;
      while (!tab.sockets[sockets - 1]!.closed) await browser.clock.advance(100);
      const end = browser.clock.now();
      while (tab.sockets.length === sockets) await browser.clock.advance(100);
      await tab.welcome({ from: 7, to: 7, changes: [] });
      return end - begin;
    };
    expect([await patience(), await patience()]).toEqual([3_000, 6_000]);
    tab.say(update(7, 1));
    await browser.clock.advance(100);
    tab.say(update(8, 2));
    expect(tab.session.status.synchronized).toBe(true);
  });
});

test("gives up a socket that is never welcomed", async () => {
  tab.socket.end(1006);
  await browser.clock.advance(400);
  await browser.clock.advance(11_000);
  expect(tab.sockets).toHaveLength(3);
});

test("hears nothing more from a socket that it gave up", async () => {
  const old = tab.socket;
  await comeBack();
  await tab.welcome({ from: 7, to: 7, changes: [] });
  old.say(update(7, ["x", 2]));
  old.end(4403);
  expect(tab.shown).toBe("hi");
  expect(tab.session.status.state).toBe("saved");
});

describe("tokens", () => {
  test("a function is asked for a fresh one after the old one was refused", async () => {
    const asked: boolean[] = [];
    const token = (fresh: boolean): string => `token ${asked.push(fresh)}`;
    tab = await browser.tab({ token });
    await tab.welcome();
    tab.socket.end(4401);
    await browser.clock.advance(400);
    await tab.welcome({ from: 0, to: 0, changes: [] });
    expect(asked).toEqual([false, true]);
    expect(tab.socket.of("hello")[0]?.token).toBe("token 2");
  });

  test("a fixed one that was refused ends the connection, and what is unsent stays stored", async () => {
    await tab.type("!");
    tab.socket.end(4401);
    expect(tab.session.status).toMatchObject({ state: "closed", reason: "not_authenticated" });
    await turn();
    const next = await browser.tab();
    next.socket.onopen?.();
    expect(next.socket.of("hello")[0]).toMatchObject({ outstanding: 1, text: true });
  });

  test("fresh ones that are refused too end it in the end", async () => {
    tab = await browser.tab({ token: () => "bad" });
    for (let i = 0; i < 5; i++) {
      tab.socket.end(4401);
      await browser.clock.advance(2_000);
    }
    expect(tab.session.status).toMatchObject({ state: "closed", reason: "not_authenticated" });
  });

  test("one that can't be had for now is asked for again", async () => {
    let failures = 2;
    tab = await browser.tab({
      token: () => (failures-- > 0 ? Promise.reject(new Error("no network")) : Promise.resolve("good")),
    });
    expect(tab.session.status).toMatchObject({ state: "offline" });
    await browser.clock.advance(2_000);
    await tab.welcome();
    expect(tab.session.status.state).toBe("saved");
  });

  test("one that is about to end is renewed on the open socket", async () => {
    tab = await browser.tab({ token: (fresh) => (fresh ? "fresh" : "old") });
    await tab.welcome();
    tab.say({ type: "session", expires: new Date(browser.clock.date() + 70_000).toISOString() });
    await browser.clock.advance(10_000);
    expect(tab.socket.of("auth")).toEqual([{ type: "auth", token: "fresh" }]);
  });

  test("one that has ended by the clock here, which is wrong, is not renewed all the time", async () => {
    let asked = 0;
    const expires = new Date(browser.clock.date() - 3_600_000).toISOString();
    tab = await browser.tab({ token: () => `token ${asked++}` });
    await tab.welcome();
    tab.socket.hear = ({ type }) => {
      if (type === "auth") tab.say({ type: "session", expires });
    };
    tab.say({ type: "session", expires });
    await browser.clock.advance(10_000);
    expect(tab.socket.of("auth")).toHaveLength(1);
    await browser.clock.advance(10_000);
    expect(tab.socket.of("auth")).toHaveLength(2);
  });
});

test("synchronized() waits until the server has everything, and fails if it never will", async () => {
  await tab.type("!");
  const saved = tab.session.synchronized();
  tab.say(update(7, 1));
  await expect(saved).resolves.toBeUndefined();
  await tab.type("?");
  const never = tab.session.synchronized();
  tab.session.close();
  await expect(never).rejects.toThrow("closed");
});
