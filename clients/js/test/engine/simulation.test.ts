/** Law 7: n clients and a server, over any schedule, end with one text. */

import { expect, inject, test } from "vitest";
import { Acknowledgement, Client, Operation, transform, type Change } from "../../src/index.js";
import { cases } from "../support/cases.js";
import { cook, seeded, type Recipe } from "../support/random.js";

interface Entry {
  operation: Operation;
  author: Peer;
  seq: number;
}

interface Edit {
  seq: number;
  revision: number;
  operation: Operation;
}

/** The server in a few lines: a log, and for every client what it has committed. */
class Log {
  readonly entries: Entry[] = [];
  text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Commit an edit, unless it has been committed before. */
  take(author: Peer, { seq, revision, operation }: Edit): void {
    if (this.entries.some((entry) => entry.author === author && entry.seq >= seq)) return;
    for (const entry of this.entries.slice(revision)) [, operation] = transform(entry.operation, operation);
    this.text = operation.apply(this.text);
    this.entries.push({ operation, author, seq });
  }

  /** What `reader` has missed since `revision`: its own outstanding as an ack, runs of the rest composed at random. */
  since(revision: number, reader: Peer, compose: () => boolean): Change[] {
    const changes: Change[] = [];
    for (const { operation, author, seq } of this.entries.slice(revision)) {
      const last = changes.at(-1);
      if (author === reader && seq === reader.sent?.seq) changes.push(new Acknowledgement());
      else if (last instanceof Operation && compose()) changes[changes.length - 1] = last.compose(operation);
      else changes.push(operation);
    }
    return changes;
  }
}

class Peer {
  readonly client: Client;
  shown: string;
  seq = 0;
  sent: Edit | null = null;

  constructor(text: string) {
    this.client = new Client(text, 0);
    this.shown = text;
  }

  type(operation: Operation): void {
    this.shown = operation.apply(this.shown);
    const send = this.client.edit(operation);
    if (send) this.#freeze(send);
  }

  receive(log: Log, compose: () => boolean): void {
    const { operations, send } = this.client.receive(
      log.since(this.client.revision, this, compose),
      log.entries.length,
    );
    for (const operation of operations) this.shown = operation.apply(this.shown);
    if (this.client.state.name === "Synchronized") this.sent = null;
    if (send) this.#freeze(send);
  }

  #freeze(operation: Operation): void {
    this.sent = { seq: ++this.seq, revision: this.client.revision, operation };
  }
}

function simulate(seed: number): void {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const maybe = (): boolean => random() < 0.5;
  const text = "ab😀".slice(0, [0, 1, 4][below(3)]);
  const log = new Log(text);
  const peers = Array.from({ length: 2 + below(3) }, () => new Peer(text));

  const recipe = (): Recipe =>
    Array.from({ length: 1 + below(4) }, () => (maybe() ? "xy𝒵".slice(0, [1, 2, 4][below(3)]) : below(7) - 3 || 1));

  for (let step = 0; step < 40; step++) {
    const peer = peers[below(peers.length)]!;
    const event = random();
    if (event < 0.4) peer.type(cook(recipe(), peer.client.length));
    else if (event < 0.7) peer.receive(log, maybe);
    // Sent and not answered yet: it may arrive now, again, late, or never.
    else if (peer.sent) log.take(peer, peer.sent);
  }
  for (let idle = false; !idle; ) {
    for (const peer of peers) {
      if (peer.sent) log.take(peer, peer.sent);
      peer.receive(log, maybe);
    }
    idle = peers.every((peer) => !peer.sent && peer.client.revision === log.entries.length);
  }
  for (const peer of peers) {
    expect(peer.shown, `seed ${seed}`).toBe(log.text);
    expect(peer.client.text, `seed ${seed}`).toBe(log.text);
  }
}

test("clients converge over any schedule of delays, drops, duplicates and composed catch-up", () => {
  const start = inject("seed");
  for (let run = 0; run < cases(3_000); run++) simulate(start + run);
});

test("two people typing at one place, with latency, never interleave", () => {
  for (let run = 0; run < cases(500); run++) {
    const random = seeded(inject("seed") + run);
    const log = new Log("");
    const writers = ["abcdefgh", "ABCDEFGH"].map((word) => ({ peer: new Peer(""), word, caret: 0, typed: 0 }));
    while (writers.some(({ typed, word }) => typed < word.length)) {
      const writer = writers[Math.floor(random() * 2)]!;
      const { peer, word } = writer;
      const event = random();
      if (event < 0.5 && writer.typed < word.length) {
        const caret = writer.typed === 0 ? 0 : peer.shown.indexOf(word[writer.typed - 1]!) + 1;
        peer.type(Operation.replace(peer.client.length, caret, caret, word[writer.typed++]!));
      } else if (event < 0.75) {
        if (peer.sent) log.take(peer, peer.sent);
      } else {
        peer.receive(log, () => false);
      }
    }
    for (let round = 0; round < 4; round++) {
      for (const { peer } of writers) {
        if (peer.sent) log.take(peer, peer.sent);
        peer.receive(log, () => false);
      }
    }
    expect(["abcdefghABCDEFGH", "ABCDEFGHabcdefgh"]).toContain(log.text);
  }
});
