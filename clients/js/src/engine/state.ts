/**
 * State: what of one's own is unconfirmed, and what an edit, a change or an answer makes of it.
 *
 *                      edit                          edit
 *     ┌────────────┐ ───────► ┌─────────────────┐ ───────► ┌────────────────────┐ ──┐ edit:
 *     │Synchronized│          │ AwaitingConfirm │          │ AwaitingWithBuffer │   │ compose
 *     └────────────┘ ◄─────── └─────────────────┘ ◄─────── └────────────────────┘ ◄─┘ into buffer
 *                  acknowledge,   outstanding  acknowledge, outstanding, buffer
 *                  reject                      reject
 *
 * The editor shows the confirmed text, then `outstanding`, then `buffer`.  What others
 * commit is moved past both and handed to the editor; both are moved past it.  At most
 * one operation is outstanding, and it is frozen: nothing is composed into it.  A reject
 * takes outstanding back out of the editor; what was the buffer is outstanding then.
 *
 * The states are the client of Google Wave, as ot.js drew it.  The same, with the same names, is
 * in `ot_core/client.py`.
 */

import { UnexpectedAcknowledgement } from "./errors.js";
import { Operation } from "./operation.js";
import { transform } from "./transform.js";

/** Nothing of one's own is unconfirmed. */
export interface Synchronized {
  readonly name: "Synchronized";
}

/** One operation is on its way, or waits to be sent. */
export interface AwaitingConfirm {
  readonly name: "AwaitingConfirm";
  readonly outstanding: Operation;
}

/** One operation is on its way, and what was typed since waits in the buffer. */
export interface AwaitingWithBuffer {
  readonly name: "AwaitingWithBuffer";
  readonly outstanding: Operation;
  readonly buffer: Operation;
}

export type State = Synchronized | AwaitingConfirm | AwaitingWithBuffer;

/** The client's own outstanding operation, at its place in the log. */
export class Acknowledgement {
  readonly type = "acknowledgement";
}

export type Change = Operation | Acknowledgement;

export const SYNCHRONIZED: Synchronized = { name: "Synchronized" };

/** What one change does: to the state, to the confirmed text, to the editor. */
interface Step {
  readonly state: State;
  readonly committed: Operation;
  readonly shown: Operation | null;
}

/** What a frame asks for: operations for the editor, in order, and one to send then. */
export interface Received {
  readonly operations: Operation[];
  readonly send: Operation | null;
}

/** Where changes lead a client whose confirmed text need not be at hand. */
export interface Advanced extends Received {
  readonly state: State;
  /** What to apply to the confirmed text, in order. */
  readonly committed: Operation[];
}

/** The state that holds these two. */
export function stateOf(outstanding: Operation | null, buffer: Operation | null): State {
  if (!outstanding) return SYNCHRONIZED;
  return buffer
    ? { name: "AwaitingWithBuffer", outstanding, buffer }
    : { name: "AwaitingConfirm", outstanding };
}

/**
 * Take in a run of changes, as a whole.
 *
 * What an acknowledgement promotes is still moved past the changes after it, and is
 * to be sent when all of them are taken.
 *
 * @throws LengthMismatch a change does not follow what came before it.
 * @throws UnexpectedAcknowledgement nothing was outstanding.
 */
export function advanceState(state: State, changes: readonly Change[]): Advanced {
  const committed: Operation[] = [];
  const operations: Operation[] = [];
  let promoted = false;
  for (const change of changes) {
    const step = change instanceof Operation ? receive(state, change) : acknowledge(state);
    committed.push(step.committed);
    if (step.shown) operations.push(step.shown);
    else promoted = true;
    state = step.state;
  }
  const send = promoted && state.name !== "Synchronized" ? state.outstanding : null;
  return { state, committed, operations, send };
}

/** What the user's operation leads to. */
export function editState(state: State, operation: Operation): State {
  switch (state.name) {
    case "Synchronized":
      return stateOf(operation, null);
    case "AwaitingConfirm":
      return stateOf(state.outstanding, operation);
    case "AwaitingWithBuffer":
      return stateOf(state.outstanding, state.buffer.compose(operation));
  }
}

function receive(state: State, committed: Operation): Step {
  if (state.name === "Synchronized") return { state, committed, shown: committed };
  const [past, outstanding] = transform(committed, state.outstanding);
  if (state.name === "AwaitingConfirm") {
    return { state: stateOf(outstanding, null), committed, shown: past };
  }
  const [shown, buffer] = transform(past, state.buffer);
  return { state: stateOf(outstanding, buffer), committed, shown };
}

function acknowledge(state: State): Step {
  if (state.name === "Synchronized") throw new UnexpectedAcknowledgement("nothing is outstanding");
  const promoted = state.name === "AwaitingWithBuffer" ? state.buffer : null;
  return { state: stateOf(promoted, null), committed: state.outstanding, shown: null };
}
