/** The vectors that every implementation shares; a missing file is an error. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  Acknowledgement,
  Client,
  diff,
  Operation,
  OTError,
  transform,
  transformIndex,
  UndoManager,
  type Component,
} from "../../src/index.js";
import { divided } from "../../src/session/parts.js";

type Wire = Component[];

function cases<Case>(name: string): Case[] {
  const file = new URL(`../../../../tests/vectors/${name}.json`, import.meta.url);
  const found = (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
  if (found.length === 0) throw new Error(`${name}.json holds no cases`);
  return found;
}

/** Run `check` over all cases of one file; a failure shows its case. */
function agree<Case>(name: string, check: (vector: Case) => void): void {
  test(name, () => {
    for (const vector of cases<Case>(name)) {
      try {
        check(vector);
      } catch (error) {
        throw new Error(`${name}: ${JSON.stringify(vector)}`, { cause: error });
      }
    }
  });
}

const read = (wire: unknown): Operation => Operation.fromWire(wire);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OTError) return error.code;
    throw error;
  }
  return "nothing was refused";
}

describe("the shared vectors agree on", () => {
  agree<{ text: string; operation: Wire; result: string }>("apply", ({ text, operation, result }) => {
    expect(read(operation).apply(text)).toBe(result);
  });

  agree<{ a: Wire; b: Wire; composed: Wire }>("compose", ({ a, b, composed }) => {
    expect(read(a).compose(read(b)).toWire()).toEqual(composed);
  });

  agree<{ a: Wire; b: Wire; a_: Wire; b_: Wire }>("transform", ({ a, b, a_, b_ }) => {
    expect(transform(read(a), read(b)).map((operation) => operation.toWire())).toEqual([a_, b_]);
  });

  agree<{ text: string; operation: Wire; inverse: Wire }>("invert", ({ text, operation, inverse }) => {
    expect(read(operation).invert(text).toWire()).toEqual(inverse);
  });

  agree<{ operation: Wire; index: number; result: number }>("index", ({ operation, index, result }) => {
    expect(transformIndex(read(operation), index)).toBe(result);
  });

  agree<{ old: string; new: string; operation: Wire }>("diff", (vector) => {
    expect(diff(vector.old, vector.new).toWire()).toEqual(vector.operation);
  });

  agree<{ text: string; operation: Wire; components: number; frame_bytes: number; parts: Wire[] }>("parts", (vector) => {
    let { text } = vector;
    let rest = read(vector.operation);
    const parts: Operation[] = [];
    for (;;) {
      const two = divided(rest, () => text, vector);
      if (!two) break;
      parts.push(two[0]);
      text = two[0].apply(text);
      rest = two[1];
    }
    parts.push(rest);
    expect(parts.map((part) => part.toWire())).toEqual(vector.parts);
    expect(parts.reduce((first, second) => first.compose(second)).toWire()).toEqual(vector.operation);
  });

  agree<{ input?: unknown; text?: string; operation?: Wire; error: string }>("refused", (vector) => {
    const { input, text, operation, error } = vector;
    const action = text === undefined ? () => read(input) : () => read(operation).apply(text);
    expect(codeOf(action)).toBe(error);
  });

  agree<ClientCase>("client", ({ text, revision, steps, confirmed, revision_after }) => {
    const client = new Client(text, revision);
    for (const step of steps) take(client, step);
    expect(client.text).toBe(confirmed);
    expect(client.revision).toBe(revision_after);
  });

  agree<{ operation: Wire; compact: string; input?: unknown; error?: string }>("compact", (vector) => {
    const { operation, compact, input, error } = vector;
    if (error) {
      expect(codeOf(() => Operation.fromCompact(input))).toBe(error);
    } else {
      expect(read(operation).toCompact()).toBe(compact);
      expect(Operation.fromCompact(compact).toWire()).toEqual(operation);
    }
  });

  agree<UndoCase>("undo", ({ text, depth, group_seconds, steps, result, can_undo, can_redo }) => {
    const manager = new UndoManager(depth, group_seconds);
    for (const step of steps) text = act(manager, step, text)?.apply(text) ?? text;
    expect(text).toBe(result);
    expect([manager.canUndo, manager.canRedo]).toEqual([can_undo, can_redo]);
  });
});

interface ClientCase {
  text: string;
  revision: number;
  steps: Step[];
  confirmed: string;
  revision_after: number;
}

type Step =
  | { edit: Wire; send: Wire | null }
  | { receive: (Wire | { ack: unknown })[]; revision: number; apply: Wire[]; send: Wire | null }
  | { reject: true; apply: Wire; send: Wire | null };

function take(client: Client, step: Step): void {
  if ("edit" in step) {
    expect(client.edit(read(step.edit))?.toWire() ?? null).toEqual(step.send);
  } else if ("receive" in step) {
    const changes = step.receive.map((change) => (Array.isArray(change) ? read(change) : new Acknowledgement()));
    const { operations, send } = client.receive(changes, step.revision);
    expect(operations.map((operation) => operation.toWire())).toEqual(step.apply);
    expect(send?.toWire() ?? null).toEqual(step.send);
  } else {
    expect(client.reject().toWire()).toEqual(step.apply);
    expect(client.outstanding?.toWire() ?? null).toEqual(step.send);
  }
}

interface UndoCase {
  text: string;
  depth: number;
  group_seconds: number;
  steps: UndoStep[];
  result: string;
  can_undo: boolean;
  can_redo: boolean;
}

type UndoStep =
  | { record: Wire; at: number }
  | { receive: Wire }
  | { reject: Wire }
  | { reset: Wire }
  | { undo: Wire | null }
  | { redo: Wire | null };

/** Let the manager take a step. @returns what becomes of the text */
function act(manager: UndoManager, step: UndoStep, text: string): Operation | null {
  if ("record" in step) {
    const operation = read(step.record);
    manager.record(operation, text, step.at);
    return operation;
  }
  if ("receive" in step) {
    const operation = read(step.receive);
    manager.receive(operation);
    return operation;
  }
  if ("reject" in step) {
    const operation = read(step.reject);
    manager.reject(operation, text);
    return operation;
  }
  if ("reset" in step) {
    const operation = read(step.reset);
    manager.reset(operation, text);
    return operation;
  }
  const [operation, expected] =
    "undo" in step ? [manager.undo(text), step.undo] : [manager.redo(text), step.redo];
  expect(operation?.toWire() ?? null).toEqual(expected);
  return operation;
}
