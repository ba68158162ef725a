/** Whatever breaks, everything typed is in the text or offered as unsaved, and exactly once. */

import { expect, inject, test } from "vitest";
import { unsentSessions } from "../../src/index.js";
import { FakeSocket, turn } from "../support/browser.js";
import { seeded } from "../support/random.js";
import { FakeServer } from "../support/server.js";
import { Browser, type Tab } from "../support/tab.js";

async function live(seed: number, refusals: number): Promise<void> {
  const random = seeded(seed);
  const server = new FakeServer(random);
  server.refusals = refusals;
  const browser = new Browser();
  const typed: string[] = [];

  const open = (): Promise<Tab> =>
    browser.tab({
      random,
      openSocket: (url) => {
        const socket = new FakeSocket(url);
        server.accept(socket);
        return socket;
      },
    });

  const tabs = [await open(), await open(), await open()];
  for (let step = 0; step < 150; step++) {
    const at = Math.floor(random() * tabs.length);
    const tab = tabs[at]!;
    const event = random();
    if (event < 0.25 && tab.connection.editable) {
      // Each letter is typed once in the whole run, so that a lost or a doubled one is seen.
      const letter = String.fromCodePoint(0x1f000 + typed.length);
      typed.push(letter);
      await tab.type(letter, Math.floor(random() * (tab.connection.length + 1)));
    } else if (event < 0.29) {
      server.cut(random());
    } else if (event < 0.31) {
      tab.crash();
      await turn();
      tabs[at] = await open();
    } else if (event < 0.5) {
      await browser.clock.advance(random() * 3_000);
    } else {
      server.step();
      await turn();
    }
  }

  server.refusals = 0;
  const settled = (): boolean =>
    tabs.every(({ connection }) => connection.status.synchronized && connection.status.state !== "offline") &&
    unsentSessions(browser.storage).length === 0;
  for (let round = 0; round < 200 && !settled(); round++) {
    while (server.step()) await turn();
    await browser.clock.advance(500);
  }

  const seen = `seed ${seed}`;
  expect(settled(), seen).toBe(true);
  for (const tab of tabs) expect([tab.shown, tab.connection.text], seen).toEqual([server.text, server.text]);
  const reader = await open();
  const offered = reader.connection.unsaved.map(({ text }) => text).join("");
  expect([...(server.text + offered)].filter((letter) => letter !== "\n").sort(), seen).toEqual(typed.sort());
}

test("over cut connections, duplicates and crashed tabs", async () => {
  for (let run = 0; run < 60; run++) await live(inject("seed") + run, 0);
});

test("over refusals too", async () => {
  for (let run = 0; run < 60; run++) await live(inject("seed") + run, 0.1);
});
