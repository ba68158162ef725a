import type { Session } from "ot-collab";
import { afterEach, expect, test, vi } from "vitest";
import { Assistant, type Task } from "../src/api/assistant.js";
import { unreachable } from "../src/api/failures.js";
import { LOOKED_AGAIN_AFTER, Work } from "../src/session/assistant/work.js";

const TASK: Task = {
  id: "1",
  kind: "generate",
  participant: { id: "ada", name: "Ada", color: "#d9480f" },
  instruction: "write on and on",
  state: "running",
  last_revision: 1,
  undone: null,
  started_at: "2025-01-01T00:00:00Z",
};
const INTERRUPTED: Task = { ...TASK, state: "interrupted" };
const WISH = { instruction: "write on and on", selection: [0, 0], revision: 0, lock: true } as const;

/** The work of an assistant that nobody reports on; `fetch` returns its current task. */
function workOf(fetch: () => Task): Work {
  const assistant = new Assistant("session", "token");
  assistant.tasks = async () => ({ configured: true, model: "one", items: [fetch()] });
  return new Work({ on: () => {} } as unknown as Session, assistant);
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a running task is fetched again until it ends, even while the server is away", async () => {
  vi.useFakeTimers();
  const answers = [() => TASK, () => TASK, () => { throw unreachable(); }, () => INTERRUPTED];
  const work = workOf(() => answers.shift()!());
  work.watch(true);
  await vi.advanceTimersByTimeAsync(2.5 * LOOKED_AGAIN_AFTER);
  expect(work.running).toEqual(TASK);
  await vi.advanceTimersByTimeAsync(LOOKED_AGAIN_AFTER);
  expect(work.running).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});

test("nothing is fetched when nobody watches", async () => {
  vi.useFakeTimers();
  const work = workOf(() => TASK);
  work.watch(true);
  await vi.advanceTimersByTimeAsync(LOOKED_AGAIN_AFTER);
  work.watch(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer without an end means that the connection was lost", async () => {
  const told = (...events: string[]): Promise<void> => {
    const text = events.map((name) => `event: ${name}\ndata: {"characters": 1}\n\n`).join("");
    vi.stubGlobal("fetch", async () => new Response(text));
    return new Assistant("session", "token").generate(WISH, () => {});
  };
  await told("started", "progress", "done");
  await expect(told("started", "progress")).rejects.toMatchObject({ code: "cut_off" });
});
