/**
 * Client: what one replica knows, and what it does about each event.  No I/O, no clock.
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
 * The states are the client of Google Wave, as ot.js drew it.  The same machine, with the
 * same names, is `ot_core/client.py`.
 */

import { codePointLength } from "./codepoints.js";
import { LengthMismatch, UnexpectedAcknowledgement } from "./errors.js";
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

const SYNCHRONIZED: Synchronized = { name: "Synchronized" };

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

function edit(state: State, operation: Operation): State {
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

/** How many components may wait before they are applied to the confirmed text. */
const MAX_AHEAD = 200;

/** One replica: the confirmed text at `revision`, and what is not confirmed yet. */
export class Client {
  #text: string;
  /** What is committed and not applied to `#text` yet: a long text is not copied for every keystroke. */
  #ahead: Operation | null = null;
  #confirmedLength: number;
  #revision: number;
  #state: State = SYNCHRONIZED;

  constructor(text = "", revision = 0) {
    this.#text = text;
    this.#confirmedLength = codePointLength(text);
    this.#revision = revision;
  }

  /**
   * A client that goes on in a state of another one.
   *
   * @throws LengthMismatch what is unconfirmed does not follow the text.
   */
  static resume(text: string, revision: number, state: State): Client {
    const client = new Client(text, revision);
    if (state.name !== "Synchronized") client.edit(state.outstanding);
    if (state.name === "AwaitingWithBuffer") client.edit(state.buffer);
    return client;
  }

  /** The confirmed text: what the server had at `revision`. */
  get text(): string {
    this.#catchUp();
    return this.#text;
  }

  get revision(): number {
    return this.#revision;
  }

  get state(): State {
    return this.#state;
  }

  /** What is sent and not answered, or waits to be sent, moved to `revision`. */
  get outstanding(): Operation | null {
    return this.#state.name === "Synchronized" ? null : this.#state.outstanding;
  }

  /** What follows `outstanding` and waits for its answer. */
  get buffer(): Operation | null {
    return this.#state.name === "AwaitingWithBuffer" ? this.#state.buffer : null;
  }

  /** `outstanding` and `buffer` as one operation on the confirmed text. */
  get unsaved(): Operation | null {
    const { outstanding, buffer } = this;
    return outstanding && buffer ? outstanding.compose(buffer) : outstanding;
  }

  /** The length of the text in the editor, in code points. */
  get length(): number {
    return (this.buffer ?? this.outstanding)?.targetLength ?? this.#confirmedLength;
  }

  /**
   * Take in what the editor did, and return the operation to send now, if any.
   *
   * @throws LengthMismatch the operation was not made for the text in the editor;
   *   nothing has changed.
   */
  edit(operation: Operation): Operation | null {
    operation.requireBase(this.length);
    const send = this.#state.name === "Synchronized" ? operation : null;
    this.#state = edit(this.#state, operation);
    return send;
  }

  /**
   * Take in the log from this client's revision up to `revision`, as a whole.
   *
   * @throws OTError as `advanceState` does; nothing has changed.
   */
  receive(changes: readonly Change[], revision: number): Received {
    const { state, committed, operations, send } = advanceState(this.#state, changes);
    committed.at(0)?.requireBase(this.#confirmedLength);
    if (committed.length > 0) this.#commit(committed.reduce((first, second) => first.compose(second)));
    this.#state = state;
    this.#revision = revision;
    return { operations, send };
  }

  /**
   * Let `first` be outstanding in place of all of it, and `rest` come first in the buffer.
   *
   * The text in the editor stays as it is: `first` and then `rest` are the outstanding
   * operation, in two parts.
   *
   * @throws LengthMismatch they can't be; nothing has changed.
   */
  divide(first: Operation, rest: Operation): void {
    const { outstanding, buffer } = this;
    if (first.baseLength !== outstanding?.baseLength || rest.targetLength !== outstanding.targetLength) {
      throw new LengthMismatch("the parts are not those of what is outstanding");
    }
    rest.requireBase(first.targetLength);
    this.#state = stateOf(first, buffer ? rest.compose(buffer) : rest);
  }

  /**
   * Give up the outstanding operation, which was refused; the buffer is outstanding then.
   *
   * @returns the operation that takes it back out of the editor: its inverse, as the committed
   *   one, and the buffer are transformed over each other.
   */
  reject(): Operation {
    const { outstanding, buffer } = this;
    if (!outstanding) return Operation.noop(this.#confirmedLength);
    const inverse = outstanding.invert(this.text);
    const [back, rest] = buffer ? transform(inverse, buffer) : [inverse, null];
    this.#state = stateOf(rest, null);
    return back;
  }

  /**
   * Give up the outstanding operation and the buffer.
   *
   * @returns the operation that takes both back out of the editor.
   */
  giveUp(): Operation {
    const { unsaved } = this;
    this.#state = SYNCHRONIZED;
    return unsaved ? unsaved.invert(this.text) : Operation.noop(this.#confirmedLength);
  }

  #commit(operation: Operation): void {
    this.#confirmedLength = operation.targetLength;
    this.#ahead = this.#ahead ? this.#ahead.compose(operation) : operation;
    if (this.#ahead.components.length > MAX_AHEAD) this.#catchUp();
  }

  #catchUp(): void {
    if (this.#ahead) this.#text = this.#ahead.apply(this.#text);
    this.#ahead = null;
  }
}
