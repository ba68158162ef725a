/**
 * Components, the pieces of an operation: how they are joined, and how they are read.
 *
 * A positive number retains, a negative one deletes, a string inserts; lengths are
 * in code points.  Nothing here knows what an operation means as a whole.
 */

import { advance, codePointLength } from "./codepoints.js";

export type Component = number | string;

/** The length of a component in code points. */
export function lengthOf(component: Component): number {
  return typeof component === "string" ? codePointLength(component) : Math.abs(component);
}

/**
 * Append a component, merged with the last one where both are of one kind.
 *
 * The order of inserts and deletes stays as given: exact composition depends on it.
 */
export function append(components: Component[], component: Component): void {
  if (component === 0 || component === "") return;
  const end = components.length - 1;
  const last = components[end];
  if (typeof component === "string") {
    if (typeof last === "string") components[end] = last + component;
    else components.push(component);
  } else if (typeof last === "number" && last > 0 === component > 0) {
    components[end] = last + component;
  } else {
    components.push(component);
  }
}

/** Reads components from left to right, in pieces as long as the reader wants them. */
export class Reader {
  readonly #components: readonly Component[];
  #next = 0;
  /** What is left of the component being read; 0 at the end. */
  current: Component = 0;
  /** The length of `current` in code points. */
  length = 0;

  constructor(components: readonly Component[]) {
    this.#components = components;
    this.#step();
  }

  get atEnd(): boolean {
    return this.current === 0;
  }

  get atInsert(): boolean {
    return typeof this.current === "string";
  }

  get atDelete(): boolean {
    return typeof this.current === "number" && this.current < 0;
  }

  /** Take the next `length` code points of `current`, by default all of it. */
  take(length: number = this.length): Component {
    const whole = this.current;
    if (length === this.length) {
      this.#step();
      return whole;
    }
    if (typeof whole === "number") {
      const piece = whole > 0 ? length : -length;
      this.current = whole - piece;
      this.length -= length;
      return piece;
    }
    const cut = whole.length === this.length ? length : advance(whole, 0, length);
    this.current = whole.slice(cut);
    this.length -= length;
    return whole.slice(0, cut);
  }

  #step(): void {
    this.current = this.#components[this.#next++] ?? 0;
    this.length = lengthOf(this.current);
  }
}
