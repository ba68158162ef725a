/**
 * `serve`: a contender's end of the conversation with `benchmarks/contender.py`.
 *
 * A task is made from its data before the clock starts; `fresh` and `text` don't count either.
 * Only `run` counts.
 */

import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Load a peer from the folder that the peers are installed in. */
export const peer = createRequire(join(process.argv[2], "package.json"));

/** Answer until the other end closes. `tasks` maps names to functions from data to a task. */
export async function serve(tasks) {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  let task;
  for (let line = await next(); line !== undefined; line = await next()) {
    const request = JSON.parse(line);
    if ("prepare" in request) {
      task = tasks[request.prepare](JSON.parse(await next()));
      gc();
      answer({ ready: true });
    } else if ("memory" in request) {
      measureMemory(tasks[request.task], request.file, request.memory);
    } else {
      task.fresh();
      const started = process.cpuUsage();
      for (let i = 0; i < request.run; i++) task.run();
      const { user, system } = process.cpuUsage(started);
      answer({ seconds: (user + system) / 1e6, digest: digest(task.text()) });
    }
  }
}

/** Answer with how many bytes the process grows by. */
function measureMemory(make, file, measure) {
  const patches = linesOf(file);
  gc();
  const before = memory(measure);
  const task = make({ start: patches.next().value, patches });
  task.fresh();
  task.run();
  gc();
  const bytes = memory(measure) - before;
  answer({ bytes, digest: digest(task.text()) });
}

/** Read a file of JSON lines one by one, so that the rest takes no memory. */
function* linesOf(file) {
  const descriptor = openSync(file);
  const chunk = Buffer.alloc(65_536);
  let rest = "";
  for (let count = 1; count > 0; ) {
    count = readSync(descriptor, chunk);
    const lines = (rest + chunk.toString("ascii", 0, count)).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
  closeSync(descriptor);
}

/** How many bytes the process holds, as Linux or as V8 counts them. */
function memory(measure) {
  const { rss, heapUsed, external } = process.memoryUsage();
  return measure === "counted" ? heapUsed + external : rss;
}

const digest = (text) => createHash("sha256").update(text).digest("hex");

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);

/** Compose adjacent operations again and again, until there is one. */
export function halves(operations, compose) {
  while (operations.length > 1) {
    const paired = [];
    for (let i = 0; i < operations.length; i += 2) {
      paired.push(i + 1 < operations.length ? compose(operations[i], operations[i + 1]) : operations[i]);
    }
    operations = paired;
  }
  return operations[0];
}

/** Yield each patch with the length of the text before it, in UTF-16 code units. */
export function* withLengths({ start, patches }) {
  let length = start.length;
  for (const [position, deleted, inserted] of patches) {
    yield { length, position, deleted, inserted };
    length += inserted.length - deleted;
  }
}
