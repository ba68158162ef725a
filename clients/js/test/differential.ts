/**
 * The engine as a filter: one JSON case a line in, its result as one JSON line out.
 *
 *     {"kind": "apply",     "text", "operation"}    -> the text
 *     {"kind": "compose",   "a", "b"}               -> components
 *     {"kind": "transform", "a", "b"}               -> [a_, b_]
 *     {"kind": "invert",    "text", "operation"}    -> components
 *     {"kind": "index",     "operation", "index"}   -> a number
 *     {"kind": "compact",   "compact"}              -> components
 *
 * What the engine refuses comes out as {"error": code}.  The Python tests feed it.
 */

import { createInterface } from "node:readline";
import { OTError } from "../src/engine/errors.js";
import { Operation } from "../src/engine/operation.js";
import { transform, transformIndex } from "../src/engine/transform.js";

type Case =
  | { kind: "apply" | "invert"; text: string; operation: unknown }
  | { kind: "compose" | "transform"; a: unknown; b: unknown }
  | { kind: "index"; operation: unknown; index: number }
  | { kind: "compact"; compact: string };

const read = (wire: unknown): Operation => Operation.fromWire(wire);

function result(given: Case): unknown {
  switch (given.kind) {
    case "apply":
      return read(given.operation).apply(given.text);
    case "invert":
      return read(given.operation).invert(given.text).toWire();
    case "compose":
      return read(given.a).compose(read(given.b)).toWire();
    case "transform":
      return transform(read(given.a), read(given.b)).map((operation) => operation.toWire());
    case "index":
      return transformIndex(read(given.operation), given.index);
    case "compact":
      return Operation.fromCompact(given.compact).toWire();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer: unknown;
  try {
    answer = result(JSON.parse(line) as Case);
  } catch (error) {
    if (!(error instanceof OTError)) throw error;
    answer = { error: error.code };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
