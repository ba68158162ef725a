import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LoadFailed, WORDS } from "../src/run/failures.js";

vi.mock("virtual:runtimes", () => ({
  FILES: { one: { url: "/assets/one", bytes: 4 }, other: { url: "/assets/other", bytes: 4 } },
}));

const { load } = await import("../src/run/runtimes.js");

const RUNTIME = { worker: "/assets/worker.js", files: ["one", "other"] };
const SECOND = 1000;

/** What the server sends, by address: part by part, as the test says. */
let sends: Map<string, ReadableStreamDefaultController<Uint8Array>>;
let answers: Map<string, number>;
const progress = vi.fn();

beforeEach(() => {
  sends = new Map();
  answers = new Map();
  progress.mockClear();
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async (address: string, { signal }: { signal: AbortSignal }) => {
    signal.throwIfAborted();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        sends.set(address, controller);
        signal.addEventListener("abort", () => controller.error(signal.reason));
      },
    });
    return new Response(body, { status: answers.get(address) ?? 200 });
  });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Begin to load; return what comes of it. */
function loading(signal = new AbortController().signal): { outcome: ReturnType<typeof load>; failed: Promise<string> } {
  const outcome = load(RUNTIME, progress, signal);
  const failed = outcome.then(
    () => "nothing failed",
    (error: Error) => (error instanceof LoadFailed ? error.message : error.name),
  );
  return { outcome, failed };
}

function send(address: string, bytes: number): void {
  sends.get(address)!.enqueue(new Uint8Array(bytes));
}

test("a slow server is waited for, as long as something comes", async () => {
  const { outcome } = loading();
  await vi.advanceTimersByTimeAsync(0);
  for (const address of ["/assets/one", "/assets/other"]) {
    for (let byte = 0; byte < 4; byte++) {
      await vi.advanceTimersByTimeAsync(14 * SECOND);
      send(address, 1);
    }
    sends.get(address)!.close();
  }
  sends.get("/assets/worker.js")!.enqueue(new TextEncoder().encode("the worker"));
  sends.get("/assets/worker.js")!.close();
  const { worker, parts } = await outcome;
  expect(worker).toBe("the worker");
  expect(Object.values(parts).map(({ byteLength }) => byteLength)).toEqual([4, 4]);
  expect(progress).toHaveBeenLastCalledWith(8, 8);
});

test("a server that stops sending is given up after 15 seconds, and nothing is told of it any more", async () => {
  const { failed } = loading();
  await vi.advanceTimersByTimeAsync(0);
  send("/assets/one", 2);
  await vi.advanceTimersByTimeAsync(14 * SECOND);
  send("/assets/other", 2);
  await vi.advanceTimersByTimeAsync(14 * SECOND);
  progress.mockClear();
  await vi.advanceTimersByTimeAsync(2 * SECOND);
  expect(await failed).toBe(WORDS.serverSilent);
  expect(() => send("/assets/one", 2)).toThrow(); // it is no longer read
  expect(progress).not.toHaveBeenCalled();
});

test.each(["/assets/worker.js", "/assets/other"])("where %s is gone, the page must be reloaded", async (gone) => {
  answers.set(gone, 404);
  const { failed } = loading();
  expect(await failed).toBe(WORDS.outdated);
  expect(() => send("/assets/one", 2)).toThrow(); // the other files are not needed any more
});

test("what the server answers instead of a file is told", async () => {
  answers.set("/assets/one", 503);
  expect(await loading().failed).toBe("the server answers 503 for /assets/one.");
});

test("where there is no server, people are told what to do", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("NetworkError when attempting to fetch resource.")));
  expect(await loading().failed).toBe(WORDS.unreachable);
});

test("what is stopped has not failed", async () => {
  const stopping = new AbortController();
  const { failed } = loading(stopping.signal);
  await vi.advanceTimersByTimeAsync(0);
  stopping.abort();
  expect(await failed).toBe("AbortError");
});
