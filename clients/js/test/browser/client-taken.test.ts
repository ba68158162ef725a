/** A client id that the server keeps for somebody else is given up, and nothing typed with it. */

import { beforeEach, describe, expect, test } from "vitest";
import { unsentSessions } from "../../src/index.js";
import { Browser, type Tab } from "../support/tab.js";
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

describe("a client id that is somebody else's", () => {
  test("is exchanged for a fresh one; text, place in the log and unsent edits stay", async () => {
    tab.socket.end(1006);
    await browser.clock.advance(400);
    await tab.type("!");
    tab.socket.onopen?.();
    tab.say({ type: "error", code: "client_taken", message: "taken" });
    await browser.clock.advance(1_000);
    await tab.welcome({ from: 7, to: 7, changes: [] });
    const [first, second, third] = tab.sockets.map((socket) => socket.of("hello")[0]);
    expect(second?.client).toBe(first?.client);
    expect(third?.client).not.toBe(first?.client);
    expect(third).toMatchObject({ epoch: 1, revision: 7 });
    expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
  });

  test("is not let go before the unsent edits are stored under the fresh one", async () => {
    await comeBack();
    await tab.type("!");
    const left: number[] = [];
    const { removeItem } = browser.storage;
    browser.storage.removeItem = (key) => {
      removeItem(key);
      left.push(unsentSessions(browser.storage).length);
    };
    tab.socket.onopen?.();
    tab.say({ type: "error", code: "client_taken", message: "taken" });
    await turn();
    expect(left).toEqual([1]);
  });

  test("is exchanged by a tab that has no text yet, with what another left under it", async () => {
    await comeBack();
    await tab.type("!");
    tab.crash();
    tab = await browser.tab();
    tab.socket.onopen?.();
    tab.say({ type: "error", code: "client_taken", message: "taken" });
    await browser.clock.advance(1_000);
    await tab.welcome({ text: "hi", from: 7, to: 7, changes: [] });
    expect(tab.shown).toBe("hi!");
    expect(edits()).toEqual([{ seq: 1, revision: 7, op: [2, "!"] }]);
  });

  test("leaves the fate of what was sent under it open: that is offered, not sent again", async () => {
    await tab.type("!");
    await comeBack();
    tab.socket.onopen?.();
    tab.say({ type: "error", code: "client_taken", message: "taken" });
    await browser.clock.advance(1_000);
    await tab.welcome({ from: 7, to: 7, changes: [] });
    expect(edits()).toEqual([]);
    expect(tab.session.unsaved).toMatchObject([{ reason: "client_taken", text: "!" }]);
  });
});
