/**
 * Size: how many bytes the text shown has at most, so that no edit is made that can't be saved.
 *
 * No I/O.  Invariant: the bound is never below the text's size in UTF-8.  What is deleted counts as
 * one byte a code point, and the text is measured anew only where it seems too large: so a
 * keystroke costs no pass over the text.
 */

import type { Operation } from "../engine/operation.js";
import { TooLarge } from "./errors.js";

/** A bound of one text's size. */
export class Size {
  /** How many bytes a text may have, as the server has told it. */
  most = Infinity;
  #bound = 0;

  /** This is the whole text now. */
  start(text: string): void {
    this.#bound = bytes(text);
  }

  /** This was done to the text, whether it is too large then or not. */
  change(operation: Operation): void {
    this.#bound += growth(operation);
  }

  /**
   * Let an edit pass, and count it.
   *
   * @param result makes the text after it
   * @throws TooLarge it makes the text longer, to more bytes than it may have.
   */
  require(operation: Operation, result: () => string): void {
    let bound = this.#bound + growth(operation);
    if (bound > this.most && operation.targetLength > operation.baseLength) {
      bound = bytes(result());
      if (bound > this.most) throw new TooLarge(`the text would have ${bound} bytes, more than ${this.most}`);
    }
    this.#bound = bound;
  }
}

/** How many bytes an operation adds at most. */
function growth({ components }: Operation): number {
  const added = (sum: number, component: number | string): number =>
    sum + (typeof component === "string" ? bytes(component) : Math.min(component, 0));
  return components.reduce<number>(added, 0);
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;
