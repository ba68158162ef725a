import { OTError, Refused } from "ot-collab";
import { expect, test } from "vitest";
import { agreement } from "../src/session/agreement.js";

/** A session on which these come of waiting, one after the other. */
function sessionOf(...outcomes: (Error | null)[]): { synchronized: () => Promise<void>; asked: () => number } {
  let asked = 0;
  const synchronized = async (): Promise<void> => {
    const outcome = outcomes[asked++];
    if (outcome) throw outcome;
  };
  return { synchronized, asked: () => asked };
}

test("an edit that is refused meanwhile is no hindrance: the assistant is asked all the same", async () => {
  const session = sessionOf(new Refused("locked"), new Refused("forbidden"), null);
  await agreement(session);
  expect(session.asked()).toBe(3);
});

test("a session that is closed never agrees", async () => {
  await expect(agreement(sessionOf(new OTError("closed")))).rejects.toThrow("closed");
});
