/**
 * Machines that another program drives: a JSON line is what one is told or asked, and a line answers.
 *
 * `[number, "begin", client id, seed, record]` makes a machine; `[number, name, ...arguments]` is a
 * call of it.  An answer has the `result` or the `error`, and the `state` that the machine is in.
 */

import { createInterface } from "node:readline";
import type { Component } from "../src/engine/components.js";
import { OTError } from "../src/engine/errors.js";
import { Operation } from "../src/engine/operation.js";
import { Selection } from "../src/engine/selection.js";
import { NotEditable, TooLarge } from "../src/session/errors.js";
import { Machine } from "../src/session/machine.js";
import type { ServerMessage } from "../src/session/messages.js";
import { fromJson, toJson, type WireRecord } from "../src/session/record.js";
import type { Jitter } from "../src/session/timing.js";

type Call =
  | [name: "begin", client: string, seed: number, record: WireRecord | null]
  | [name: "end", reason: string, code: number, message: string]
  | [name: "at", now: number]
  | [name: "connected", token: string | null]
  | [name: "hear", message: ServerMessage]
  | [name: "lost", code: number, message: string]
  | [name: "edit", components: Component[]]
  | [name: "select", selections: [number, number][], isTyping: boolean, data: unknown]
  | [name: "stored", isStored: boolean]
  | [name: "rename", client: string]
  | [name: "events" | "outgoing" | "writes" | "text" | "others" | "forget_all"];

const machines = new Map<number, Machine>();

function result(number: number, call: Call): unknown {
  if (call[0] === "begin") {
    const [, client, seed, record] = call;
    machines.set(number, new Machine(client, drawing(seed), { record: record && fromJson(record) }));
    return null;
  }
  if (call[0] === "forget_all") return machines.clear();
  const machine = machineOf(number);
  switch (call[0]) {
    case "at":
      return machine.at(call[1]);
    case "connected":
      return machine.connected(call[1]);
    case "hear":
      return machine.hear(call[1]);
    case "lost":
      return machine.lost(call[1], call[2]);
    case "end":
      return machine.end(call[1], call[2], call[3]);
    case "edit":
      return machine.edit(new Operation(call[1]));
    case "select":
      return machine.select(
        call[1].map(([anchor, head]) => new Selection(anchor, head)),
        call[2],
        call[3],
      );
    case "stored":
      return machine.stored(call[1]);
    case "rename":
      return machine.rename(call[1]);
    case "events":
      return machine
        .events()
        .map((event) => ("operation" in event ? { ...event, operation: event.operation.toWire() } : event));
    case "outgoing":
      return machine.outgoing();
    case "writes":
      return machine.writes().map((write) => (write.type === "forget" ? null : toJson(write.record)));
    case "text":
      return machine.text;
    case "others":
      return [...machine.presences.others()].map(([participant, presences]) => [
        participant,
        presences.map(({ connection, selections, data }) => [connection, selections.map((one) => one.toWire()), data]),
      ]);
  }
}

function machineOf(number: number): Machine {
  const machine = machines.get(number);
  if (!machine) throw new Error(`no machine ${number}`);
  return machine;
}

function stateOf({ phase, leaving, ended, deadline, revision, hasText, isSynchronized }: Machine): object {
  return { phase, leaving, ended, deadline, revision, has_text: hasText, is_synchronized: isSynchronized };
}

/** Numbers that a seed decides (George Marsaglia's xorshift). */
function drawing(seed: number): Jitter {
  let state = seed | 1;
  return (least, most) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return least + ((state >>> 0) / 2 ** 32) * (most - least);
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [number, ...call] = JSON.parse(line) as [number, ...Call];
  let answer: object;
  try {
    answer = { result: result(number, call) ?? null };
  } catch (error) {
    if (error instanceof OTError) answer = { error: error.code };
    else if (error instanceof NotEditable) answer = { error: "not_editable" };
    else if (error instanceof TooLarge) answer = { error: "too_large" };
    else throw error;
  }
  const machine = machines.get(number);
  process.stdout.write(`${JSON.stringify({ ...answer, state: machine && stateOf(machine) })}\n`);
}
