/** Whatever breaks, everything typed is in the text or offered as unsaved, and exactly once. */

import { expect, inject, test } from "vitest";
import { unsentSessions, type KeyValueStorage } from "../../src/index.js";
import { FakeSocket, turn } from "../support/browser.js";
import { seeded } from "../support/random.js";
import { FakeServer } from "../support/server.js";
import { Browser, type Tab } from "../support/tab.js";

/** The letter of a number; each is typed once in a whole run, so that a lost or a doubled one is seen. */
const letter = (number: number): string => String.fromCodePoint(0x1f000 + number);

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
    if (event < 0.25 && tab.session.editable) {
      typed.push(letter(typed.length));
      await tab.type(typed.at(-1)!, Math.floor(random() * (tab.session.length + 1)));
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
    tabs.every(({ session }) => ["saved", "refused"].includes(session.status.state) && session.status.synchronized) &&
    unsentSessions(browser.storage).length === 0;
  for (let round = 0; round < 200; round++) {
    while (server.step()) await turn();
    if (settled()) break;
    await browser.clock.advance(500);
  }

  const seen = `seed ${seed}`;
  expect(settled(), seen).toBe(true);
  for (const tab of tabs) expect([tab.shown, tab.session.text], seen).toEqual([server.text, server.text]);
  const reader = await open();
  expect(savedAndOffered(server, reader), seen).toEqual(typed.sort());
}

/** All letters of the text, and of what is offered to a person. */
function savedAndOffered(server: FakeServer, { session }: Tab): string[] {
  const offered = session.unsaved.map(({ text }) => text).join("");
  return [...(server.text + offered)].filter((letter) => letter !== "\n").sort();
}

/**
 * A tab of which only the first `effects` writes to the storage and the socket have an effect: then it is dead.
 *
 * @returns whether it died, what was typed in it, and what became of that with the next tab
 */
async function die(seed: number, refusals: number, effects: number): Promise<[boolean, string[], string[]]> {
  const random = seeded(seed);
  const server = new FakeServer(random);
  server.refusals = refusals;
  const browser = new Browser();
  const open = (alive: () => boolean): Promise<Tab> => {
    const { key, getItem, setItem, removeItem } = browser.storage;
    const storage: KeyValueStorage = {
      key,
      getItem,
      setItem: (name, value) => void (alive() && setItem.call(browser.storage, name, value)),
      removeItem: (name) => void (alive() && removeItem(name)),
      get length() {
        return browser.storage.length;
      },
    };
    const openSocket = (url: string): FakeSocket => {
      const socket = new FakeSocket(url);
      server.accept(socket);
      const send = socket.send.bind(socket);
      socket.send = (data) => void (alive() && send(data));
      return socket;
    };
    return browser.tab({ random, storage, openSocket });
  };

  const typed: string[] = [];
  let left = effects;
  const tab = await open(() => left-- > 0);
  for (let step = 0; step < 60 && left > 0; step++) {
    const event = random();
    if (event < 0.35 && tab.session.editable) {
      typed.push(letter(typed.length));
      // Some are long, so that what is stored edit by edit is now and then stored anew.
      const text = typed.at(-1)! + "\n".repeat(random() < 0.5 ? 4000 : 0);
      await tab.type(text, Math.floor(random() * (tab.session.length + 1)));
    } else if (event < 0.4) {
      server.cut(random());
    } else if (event < 0.6) {
      await browser.clock.advance(random() * 3_000);
    } else {
      server.step();
      await turn();
    }
  }
  const died = left <= 0;
  left = 0;
  for (const socket of tab.sockets) [socket.onmessage, socket.onclose] = [null, null];
  tab.crash();
  await turn();

  server.refusals = 0;
  const next = await open(() => true);
  for (let round = 0; round < 40; round++) {
    while (server.step()) await turn();
    await browser.clock.advance(500);
  }
  expect(unsentSessions(browser.storage)).toEqual([]);
  return [died, typed, savedAndOffered(server, next)];
}

test("over cut connections, duplicates and crashed tabs", async () => {
  for (let run = 0; run < 60; run++) await live(inject("seed") + run, 0);
});

test("over refusals too", async () => {
  for (let run = 0; run < 60; run++) await live(inject("seed") + run, 0.1);
});

test.each([0, 0.5])("over a tab that is killed between any two of its effects, refusals: %d", async (refusals) => {
  for (let run = 0; run < 12; run++) {
    const seed = inject("seed") + run;
    for (let effects = 2; effects < 30; effects++) {
      const [died, typed, found] = await die(seed, refusals, effects);
      if (!died) break;
      // What was typed in the moment of its death may not be stored yet.
      const last = found.includes(typed.at(-1)!) ? typed : typed.slice(0, -1);
      expect(found, `seed ${seed}, ${effects} effects`).toEqual(last.sort());
    }
  }
});
