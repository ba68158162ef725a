/** What the server has found in the code stays with the code that it is about. */

import { beforeEach, describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/session/messages.js";
import { Browser, update, type Tab } from "../support/tab.js";

const FOUND: Diagnostic = {
  start: 2,
  stop: 4,
  severity: "warning",
  code: "W1",
  message: "look",
  fix: { message: "Mend it", edits: [{ start: 2, stop: 3, text: "good" }] },
};

let tab: Tab;

beforeEach(async () => {
  tab = await new Browser().tab();
  await tab.welcome({ text: "abcdef", revision: 7 });
});

const tell = (...items: Diagnostic[]) => tab.say({ type: "diagnostics", revision: 7, items });
const words = () => tab.session.diagnostics.map(({ start, stop }) => tab.session.text.slice(start, stop));
const fixes = () => tab.session.diagnostics.map(({ fix }) => fix?.edits.map(({ start, stop }) => [start, stop]));

test("are told where they are in the text that the editor shows", async () => {
  const told: unknown[] = [];
  tab.session.on("diagnostics", (all) => told.push(all));
  await tab.type("😀", 0);
  tell(FOUND);
  expect(told).toEqual([tab.session.diagnostics]);
  expect(tab.session.diagnostics).toMatchObject([{ start: 3, stop: 5, code: "W1" }]);
  expect(fixes()).toEqual([[[3, 4]]]);
});

test("replace those that were told before", () => {
  tell(FOUND);
  tell();
  expect(tab.session.diagnostics).toEqual([]);
});

describe("move", () => {
  beforeEach(() => tell(FOUND));

  test("with what others type before them", () => {
    tab.say(update(7, [1, "xyz", 5]));
    expect(words()).toEqual(["cd"]);
    expect(fixes()).toEqual([[[5, 6]]]);
  });

  test("with what one types oneself, at once", async () => {
    await tab.type("!", 0);
    expect(words()).toEqual(["cd"]);
    await tab.type("?");
    expect(words()).toEqual(["cd"]);
  });

  test("not with what is typed right before or right after", async () => {
    await tab.type("!", 4);
    await tab.type("?", 2);
    expect(words()).toEqual(["cd"]);
  });

  test("and grow with what is typed within, which ends the fix", async () => {
    await tab.type("!", 3);
    expect(words()).toEqual(["c!d"]);
    expect(fixes()).toEqual([[[2, 3]]]);
    await tab.type("", 2, 3);
    expect(words()).toEqual(["!d"]);
    expect(fixes()).toEqual([undefined]);
  });

  test("and are gone with the last of their characters", async () => {
    await tab.type("", 1, 3);
    expect(words()).toEqual(["d"]);
    await tab.type("", 1, 2);
    expect(words()).toEqual([]);
  });

  test("back when an edit is refused", async () => {
    await tab.type("!", 0);
    tab.say({ type: "reject", seq: 1, code: "forbidden", message: "no" });
    expect(words()).toEqual(["cd"]);
  });
});

test("between two characters stay there", async () => {
  tell({ ...FOUND, start: 6, stop: 6 });
  await tab.type("xx", 0);
  expect(tab.session.diagnostics).toMatchObject([{ start: 8, stop: 8 }]);
});
