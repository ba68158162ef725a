/**
 * A server in memory, behind a network that delays, cuts and loses.
 *
 * It keeps the promises of the protocol (order, exactly once, acks in the log) in the plainest
 * way there is; nothing moves until the test says so.
 */

import { Operation, transform } from "../../src/index.js";
import type { ClientMessage, Edit, Hello, ServerMessage, WireChange } from "../../src/session/messages.js";
import type { FakeSocket } from "./browser.js";
import { LIMITS, welcomeOf } from "./tab.js";

interface Entry {
  operation: Operation;
  client: string;
  seq: number;
}

interface ClientRow {
  lastSeq: number;
  refused: Set<number>;
}

/** One socket: what is on its way in either direction, and its position in the log. */
class Wire {
  readonly up: ClientMessage[] = [];
  readonly down: ServerMessage[] = [];
  client: string | null = null;
  outstanding: number | null = null;
  position = 0;

  constructor(readonly socket: FakeSocket) {
    socket.hear = (message) => this.up.push(message);
  }
}

export class FakeServer {
  readonly #random: () => number;
  readonly #log: Entry[] = [];
  readonly #clients = new Map<string, ClientRow>();
  readonly #wires: Wire[] = [];
  /** How often an edit is refused. */
  refusals = 0;
  text = "";

  /** @param random decides how the log is composed and what is refused */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A browser opens a socket. */
  accept(socket: FakeSocket): void {
    this.#wires.push(new Wire(socket));
    queueMicrotask(() => socket.onopen?.());
  }

  /** Cut one connection, with all that is on its way on it; the client hears of it. */
  cut(pick: number): void {
    const [wire] = this.#wires.splice(Math.floor(pick * this.#wires.length), 1);
    wire?.socket.end(1006);
  }

  /** Let one message arrive somewhere, or one frame be written. @returns whether there was any */
  step(): boolean {
    for (const wire of [...this.#wires]) if (wire.socket.closed) this.#wires.splice(this.#wires.indexOf(wire), 1);
    const moves = this.#wires.flatMap((wire) => [
      ...(wire.up.length > 0 ? [() => this.#hear(wire, wire.up.shift()!)] : []),
      ...(wire.down.length > 0 ? [() => wire.socket.say(wire.down.shift()!)] : []),
      ...(wire.client && wire.position < this.#log.length ? [() => this.#write(wire)] : []),
    ]);
    moves[Math.floor(this.#random() * moves.length)]?.();
    return moves.length > 0;
  }

  #hear(wire: Wire, message: ClientMessage): void {
    if (message.type === "hello") this.#welcome(wire, message);
    if (message.type === "edit") this.#take(wire, message);
    if (message.type === "ping") wire.down.push({ type: "pong" });
  }

  #welcome(wire: Wire, { client, revision, outstanding, text }: Hello): void {
    for (const other of this.#wires) {
      if (other !== wire && other.client === client) this.#wires.splice(this.#wires.indexOf(other), 1);
    }
    const row = this.#clients.get(client) ?? { lastSeq: 0, refused: new Set() };
    this.#clients.set(client, row);
    wire.client = client;
    wire.outstanding = outstanding ?? null;
    const to = this.#log.length;
    wire.position = to;
    wire.down.push(
      welcomeOf({
        last_seq: row.lastSeq,
        limits: { ...LIMITS, edits_per_second: 1_000 },
        ...(revision === undefined
          ? { text: this.text, revision: to }
          : { from: revision, to, changes: this.#changes(wire, revision), ...(text && { text: this.text }) }),
      }),
    );
  }

  #take(wire: Wire, { seq, revision, op }: Edit): void {
    const row = this.#clients.get(wire.client!)!;
    wire.outstanding = seq;
    if (seq > row.lastSeq) {
      row.lastSeq = seq;
      if (this.#random() < this.refusals) row.refused.add(seq);
      else this.#commit(wire.client!, seq, revision, Operation.fromWire(op));
    }
    if (row.refused.has(seq)) wire.down.push({ type: "reject", seq, code: "forbidden", message: "no" });
  }

  #commit(client: string, seq: number, revision: number, operation: Operation): void {
    for (const entry of this.#log.slice(revision)) [, operation] = transform(entry.operation, operation);
    this.text = operation.apply(this.text);
    this.#log.push({ operation, client, seq });
  }

  #write(wire: Wire): void {
    const from = wire.position;
    wire.position = this.#log.length;
    const changes = this.#changes(wire, from);
    wire.down.push({ type: "update", from, to: wire.position, chain: "0".repeat(32), changes });
  }

  #changes(wire: Wire, from: number): WireChange[] {
    const changes: (Operation | number)[] = [];
    for (const { operation, client, seq } of this.#log.slice(from)) {
      const last = changes.at(-1);
      if (client === wire.client && seq === wire.outstanding) changes.push(seq);
      else if (last instanceof Operation && this.#random() < 0.5) changes[changes.length - 1] = last.compose(operation);
      else changes.push(operation);
    }
    return changes.map((change) => (change instanceof Operation ? { op: change.toWire() } : { ack: change }));
  }
}
