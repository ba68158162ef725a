/** What the conversations of `dialogue.json` can't say of a machine: they store after every step. */

import { expect, test } from "vitest";
import { Operation } from "../../src/engine/operation.js";
import { Machine } from "../../src/session/machine.js";
import { welcomeOf } from "../support/tab.js";

test("what was typed is safe when it is stored, and not before", () => {
  const machine = new Machine("client", (_, most) => most);
  machine.at(0);
  machine.connected("token");
  machine.hear(welcomeOf({ text: "hi", revision: 7 }));
  machine.edit(new Operation([2, "!"]));
  expect(machine.writes()).toHaveLength(1);
  machine.stored(true);
  machine.edit(new Operation([3, "?"]));
  machine.events();
  machine.end("left");
  expect(machine.events()).toMatchObject([{ cause: "refused" }, { reason: "left", text: "!?" }]);
});
