/**
 * What is stored of a client, so that a crash loses nothing that was typed.
 *
 * A machine says what to store, and goes on from a record.  Invariant: a record holds all
 * that the next hello needs, so it is written before what it holds is sent.
 */

import type { Component } from "../engine/components.js";
import { Operation } from "../engine/operation.js";
import type { Edit } from "./messages.js";

/** Where a text is in the log; good for nothing but coming back to it. */
export interface Place {
  readonly epoch: number;
  readonly revision: number;
  readonly chain: string;
}

/** One client's unconfirmed typing, and the place in the log that it stands on. */
export interface ClientRecord extends Place {
  /** The highest that was used, or is spent. */
  readonly seq: number;
  /** What is on its way, as it was sent; null if `outstanding` was not sent yet. */
  readonly sent: Edit | null;
  /** How often this client had given up what was typed: that numbers its offers. */
  readonly offers: number;
  readonly outstanding: Operation;
  readonly buffer: Operation | null;
}

/** A record as JSON. */
export interface WireRecord extends Omit<ClientRecord, "outstanding" | "buffer"> {
  readonly outstanding: readonly Component[];
  readonly buffer: readonly Component[] | null;
}

/**
 * - keep: store this in the place of all that is stored of the client
 * - append: store this edit behind all that is: `record` is what both say then
 * - forget: store nothing of the client
 */
export type Write =
  | { readonly type: "keep"; readonly record: ClientRecord }
  | { readonly type: "append"; readonly operation: Operation; readonly record: ClientRecord }
  | { readonly type: "forget" };

/** @throws LengthMismatch the edit was not made for the text that the record leads to. */
export function appended(record: ClientRecord, operation: Operation): ClientRecord {
  operation.requireBase((record.buffer ?? record.outstanding).targetLength);
  return { ...record, buffer: record.buffer ? record.buffer.compose(operation) : operation };
}

export function toJson(record: ClientRecord): WireRecord {
  return {
    ...record,
    outstanding: record.outstanding.toWire(),
    buffer: record.buffer && record.buffer.toWire(),
  };
}

/** @throws InvalidOperation it holds an operation that is none. */
export function fromJson(stored: WireRecord): ClientRecord {
  return {
    ...stored,
    outstanding: Operation.fromWire(stored.outstanding),
    buffer: stored.buffer && Operation.fromWire(stored.buffer),
  };
}

/** Whether both say the same; operations are compared by identity. */
export function sameRecord(a: ClientRecord | null, b: ClientRecord | null): boolean {
  if (a === null || b === null) return a === b;
  return (Object.keys(a) as (keyof ClientRecord)[]).every((field) => a[field] === b[field]);
}
