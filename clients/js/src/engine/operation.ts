/**
 * Operation: one left-to-right walk over a text, and what can be done with one alone.
 *
 * Invariants: components of one kind are never neighbours; none is empty; retains and
 * deletes add up to `baseLength`, retains and inserts to `targetLength`.  All lengths
 * are Unicode code points.  What relates two concurrent operations is in transform.ts.
 */

import { codePointLength, isWellFormed, isWireText, Offsets, sourceOf, type TextSource } from "./codepoints.js";
import { readCompact, writeCompact } from "./compact.js";
import { append, lengthOf, type Component } from "./components.js";
import { compose } from "./compose.js";
import { InvalidOperation, LengthMismatch } from "./errors.js";

const MAX_LENGTH = 2 ** 31 - 1;

export class Operation {
  readonly components: readonly Component[];
  /** The length of the text it applies to, in code points. */
  readonly baseLength: number;
  /** The length of the text it makes, in code points. */
  readonly targetLength: number;

  /**
   * An operation of these components, neighbours of one kind merged, their order kept.
   *
   * @throws InvalidOperation a component is 0, "", no integer, above 2**31 - 1, or
   *   holds a lone surrogate; or a length adds up to more than 2**31 - 1.
   */
  constructor(components: Iterable<Component> = []) {
    const merged: Component[] = [];
    for (const component of components) append(merged, checked(component));
    let base = 0;
    let target = 0;
    for (const component of merged) {
      const length = lengthOf(component);
      if (typeof component === "string") target += length;
      else if (component < 0) base += length;
      else {
        base += length;
        target += length;
      }
    }
    if (base > MAX_LENGTH || target > MAX_LENGTH) throw new InvalidOperation("the text would be too long");
    this.components = Object.freeze(merged);
    this.baseLength = base;
    this.targetLength = target;
  }

  /** The operation that keeps a text of `length` code points as it is. */
  static noop(length: number): Operation {
    return new Operation(length === 0 ? [] : [length]);
  }

  /**
   * Put `text` in place of what lies between `start` and `stop`: first delete, then insert.
   *
   * @param length of the whole text, in code points, as `start` and `stop` are.
   */
  static replace(length: number, start: number, stop: number, text: string): Operation {
    if (!(0 <= start && start <= stop && stop <= length)) {
      throw new InvalidOperation(`there is no range ${start} to ${stop} in ${length} code points`);
    }
    const parts: Component[] = [];
    for (const part of [start, start - stop, text, length - stop]) append(parts, part);
    return new Operation(parts);
  }

  /**
   * Read an operation that came from outside, as JSON.
   *
   * @throws InvalidOperation for everything that the constructor refuses, U+0000,
   *   carriage returns, and whatever is no array.
   */
  static fromWire(untrusted: unknown): Operation {
    if (!Array.isArray(untrusted)) throw new InvalidOperation("an operation is an array");
    const operation = new Operation(untrusted);
    for (const component of operation.components) {
      if (typeof component === "string" && !isWireText(component)) {
        throw new InvalidOperation("an insert holds U+0000 or a carriage return");
      }
    }
    return operation;
  }

  /** The inverse of `fromWire`. */
  toWire(): Component[] {
    return [...this.components];
  }

  /**
   * Read the compact form of an operation that came from outside.  Its grammar is in compact.ts.
   *
   * @throws InvalidOperation it is no operation, not in the one form that the operation
   *   has, or holds what `fromWire` refuses.
   */
  static fromCompact(untrusted: unknown): Operation {
    return Operation.fromWire(readCompact(untrusted));
  }

  /** The inverse of `fromCompact`: `[5, "abc", -2, 10]` is `5=3+abc2-10=`. */
  toCompact(): string {
    return writeCompact(this.components);
  }

  /** True if it changes nothing. */
  get isNoop(): boolean {
    const { components } = this;
    return components.length === 0 || (components.length === 1 && components[0] === this.baseLength);
  }

  /**
   * The text after this operation.
   *
   * @throws LengthMismatch `text` is not of `baseLength`.
   */
  apply(text: string): string {
    const source = new Offsets(text);
    this.requireBase(source.points);
    let result = "";
    let at = 0;
    for (const component of this.components) {
      if (typeof component === "string") {
        result += component;
      } else {
        if (component > 0) result += source.slice(at, at + component);
        at += Math.abs(component);
      }
    }
    return result;
  }

  /**
   * This operation and then `other`, as one.  See compose.ts for its law.
   *
   * @throws LengthMismatch `other` does not start from the text that this one makes.
   */
  compose(other: Operation): Operation {
    other.requireBase(this.targetLength);
    return new Operation(compose(this.components, other.components));
  }

  /**
   * The operation that takes this one back: `op.invert(text).apply(op.apply(text)) === text`.
   *
   * @param text the text before this operation; of a source only what it deletes is read.
   * @throws LengthMismatch `text` is not of `baseLength`.
   */
  invert(text: string | TextSource): Operation {
    const source = sourceOf(text);
    this.requireBase(source.points);
    let at = 0;
    return new Operation(
      this.components.map((component) => {
        if (typeof component === "string") return -codePointLength(component);
        const start = at;
        at += Math.abs(component);
        return component > 0 ? component : source.slice(start, at);
      }),
    );
  }

  /** True if both have the same components. */
  equals(other: Operation): boolean {
    return (
      this.components.length === other.components.length &&
      this.components.every((component, i) => component === other.components[i])
    );
  }

  /** @throws LengthMismatch this operation was not made for a text of `length` code points. */
  requireBase(length: number): void {
    if (length !== this.baseLength) {
      throw new LengthMismatch(`an operation on ${this.baseLength} code points can't follow ${length} of them`);
    }
  }
}

/** The component, unless it is none. It may be anything: it comes from the wire. */
function checked(component: Component): Component {
  if (typeof component === "string") {
    if (component === "") throw new InvalidOperation("an insert is empty");
    if (!isWellFormed(component)) throw new InvalidOperation("an insert holds a lone surrogate");
    return component;
  }
  if (!Number.isInteger(component) || component === 0 || Math.abs(component) > MAX_LENGTH) {
    const shown = typeof component === "number" ? component : typeof component;
    throw new InvalidOperation(`not a component: ${shown}`);
  }
  return component;
}
