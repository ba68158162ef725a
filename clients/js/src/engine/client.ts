/**
 * Client: what one replica knows, and what it does about each event.  No I/O, no clock.
 *
 * The editor shows the confirmed text, then `outstanding`, then `buffer`, which are the state: what
 * leads from one to the next is in state.ts.  The same, with the same names, is `ot_core/client.py`.
 */

import { codePointLength } from "./codepoints.js";
import { LengthMismatch } from "./errors.js";
import { Operation } from "./operation.js";
import { advanceState, editState, stateOf, SYNCHRONIZED, type Change, type Received, type State } from "./state.js";
import { transform } from "./transform.js";

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
    this.#state = editState(this.#state, operation);
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
