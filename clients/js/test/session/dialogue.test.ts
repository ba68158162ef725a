/**
 * The conversations of `dialogue.json`: the machine has its part in them, step by step, as the
 * Python one has.  `OT_DIALOGUE=FILE` plays those of a file besides, one on each line:
 * `python -m tests.vectors.explore --write FILE` makes it.
 */

import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { ALWAYS, bare, Player, type Conversation, type Setting, type Step } from "./player.js";

const path = new URL("../../../../tests/vectors/dialogue.json", import.meta.url);
const file = JSON.parse(readFileSync(path, "ascii")) as Setting & { cases: Conversation[] };

describe("each rule", () => {
  for (const one of file.cases) if (one.rule) test(`${String(one.rule)} ${one.title}`, () => play(one));
});

test("the conversations that were made by seed", () => {
  for (const one of file.cases) if (one.seed !== undefined) play(one);
});

const explored = process.env["OT_DIALOGUE"];
test.runIf(explored)("those of a file", { timeout: 3_600_000 }, async () => {
  let steps = 0;
  for await (const line of createInterface({ input: createReadStream(explored!) })) {
    const one = JSON.parse(line) as Conversation;
    play(one);
    steps += one.steps.length;
  }
  console.log(`${steps} steps`);
});

/** Take every step, and compare what came of it. */
function play(conversation: Conversation): void {
  const player = new Player(conversation, file);
  for (const [place, step] of conversation.steps.entries()) {
    const which = `${conversation.seed === undefined ? "" : `seed ${conversation.seed}, `}step ${place}, ${JSON.stringify(step)}`;
    const { came, wanted } = compared(player.take(step), step);
    expect(came, which).toEqual(wanted);
  }
}

function compared(came: Record<string, unknown>, step: Step): { came: unknown; wanted: unknown } {
  const results = Object.entries({ ...ALWAYS, ...step }).filter(([name]) => name in came);
  const relevant = results.map(([name, wanted]) => {
    const value = came[name];
    if (name === "say") return [name, value, (wanted as unknown as object[]).map(bare)] as const;
    if (name === "deadline" && wanted !== null) return [name, value, expect.closeTo(Number(wanted), 6) as unknown] as const;
    if (name !== "facts") return [name, value, wanted] as const;
    const some = Object.keys(wanted as object).map((key) => [key, (value as Record<string, unknown>)[key]]);
    return [name, Object.fromEntries(some) as unknown, wanted] as const;
  });
  return {
    came: Object.fromEntries(relevant.map(([name, value]) => [name, value])),
    wanted: Object.fromEntries(relevant.map(([name, , wanted]) => [name, wanted])),
  };
}
