import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WORDS } from "../src/run/failures.js";
import type { FromFrame, ToFrame } from "../src/run/protocol.js";
import { Runner } from "../src/run/runner.js";

const SECOND = 1000;
const LOADED = { worker: "", parts: {} };
const ENDED: FromFrame = { type: "ended", how: "ended", exit: 0, milliseconds: 1, cut: false };

/** A frame as the page sees it: what it was told, and whether it is still there. */
interface FakeFrame {
  port: { onmessage: (event: { data: FromFrame }) => void } | null;
  told: ToFrame["type"][];
  removed: boolean;
}

const { frames } = vi.hoisted(() => ({ frames: [] as FakeFrame[] }));

vi.mock("../src/dom.js", () => ({ h: () => ({ remove: () => void (frames.at(-1)!.removed = true) }) }));
vi.mock("../src/run/runtimes.js", () => ({ load: () => Promise.resolve(LOADED) }));

const watcher = { loading: vi.fn(), preparing: vi.fn(), compiling: vi.fn(), running: vi.fn(), printed: vi.fn() };

beforeEach(() => {
  frames.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal("document", { body: { append: () => {} } });
  vi.stubGlobal(
    "MessageChannel",
    class {
      readonly port1;
      readonly port2 = {};
      constructor() {
        const frame: FakeFrame = { port: null, told: [], removed: false };
        this.port1 = {
          onmessage: () => {},
          postMessage: (message: ToFrame) => void frame.told.push(message.type),
          close: () => {},
        };
        frame.port = this.port1;
        frames.push(frame);
      }
    },
  );
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const passing = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * SECOND);

/** The frame says something. */
function say(...messages: FromFrame[]): void {
  for (const data of messages) frames.at(-1)!.port!.onmessage({ data });
}

/** Begin to run; return what it comes to: how it ended, or why it was not run. */
async function begun(runner: Runner): Promise<{ outcome: Promise<string> }> {
  const outcome = runner.run("text", "", watcher).then(
    ({ how }) => how,
    ({ message }: Error) => message,
  );
  await passing(0);
  return { outcome };
}

test("a frame that is never heard is given up, and the next run has another one", async () => {
  const runner = new Runner({ worker: "", files: [] });
  const { outcome } = await begun(runner);
  await passing(15);
  expect(await outcome).toBe(WORDS.silent);
  expect(frames[0]!.removed).toBe(true);

  const again = await begun(runner);
  expect(frames).toHaveLength(2);
  say({ type: "loaded" });
  await passing(0);
  say({ type: "running" }, ENDED);
  expect(await again.outcome).toBe("ended");
});

test("a frame that takes its time, and says that it is alive, is waited for", async () => {
  const { outcome } = await begun(new Runner({ worker: "", files: [] }));
  for (let signs = 0; signs < 10; signs++) {
    await passing(14);
    say({ type: "alive" });
  }
  say({ type: "loaded" });
  await passing(0);
  for (let signs = 0; signs < 10; signs++) {
    await passing(14);
    say({ type: "alive" });
  }
  say({ type: "running" }, ENDED);
  expect(await outcome).toBe("ended");
});

test("a worker that died before it was ready is given up, and its frame with it", async () => {
  const { outcome } = await begun(new Runner({ worker: "", files: [] }));
  say({ type: "loaded" });
  await passing(0);
  say({ type: "alive" });
  await passing(15);
  expect(await outcome).toBe(WORDS.silent);
  expect(frames[0]!.removed).toBe(true);
});

test("a worker that died between two runs is given up", async () => {
  const runner = new Runner({ worker: "", files: [] });
  const first = await begun(runner);
  say({ type: "loaded" });
  await passing(0);
  say({ type: "running" }, ENDED);
  await first.outcome;
  await passing(3600);
  const second = await begun(runner);
  await passing(15);
  expect(await second.outcome).toBe(WORDS.silent);
});

test.each(["compiling", "running"] as const)("a program that is %s may be silent for as long as it likes", async (type) => {
  const { outcome } = await begun(new Runner({ worker: "", files: [] }));
  say({ type: "loaded" });
  await passing(0);
  say({ type });
  await passing(3600);
  say(ENDED);
  expect(await outcome).toBe("ended");
  expect(frames[0]!.told).toEqual(["load", "run"]);
});

test("what this browser can't start is told, and its frame is gone", async () => {
  const { outcome } = await begun(new Runner({ worker: "", files: [] }));
  say({ type: "failed", reason: "CompileError: no" });
  expect(await outcome).toBe("CompileError: no");
  expect(frames[0]!.removed).toBe(true);
});

test("what is stopped while nothing is heard is stopped at once, and never given up", async () => {
  const runner = new Runner({ worker: "", files: [] });
  const { outcome } = await begun(runner);
  await passing(10);
  runner.stop();
  await passing(0);
  expect(await outcome).toBe("stopped");
  expect(frames[0]!.removed).toBe(true);
});
