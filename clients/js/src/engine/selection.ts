/**
 * Selection: a range of text as a person made it, from `anchor` to `head`, in code points.
 *
 * The caret is at `head`, which may lie before `anchor`; equal, they are a caret alone.
 */

import type { Operation } from "./operation.js";
import { transformIndex } from "./transform.js";

export class Selection {
  constructor(
    readonly anchor: number,
    readonly head: number = anchor,
  ) {}

  /** The same selection after `operation`. */
  transform(operation: Operation): Selection {
    const anchor = transformIndex(operation, this.anchor);
    return new Selection(anchor, this.head === this.anchor ? anchor : transformIndex(operation, this.head));
  }

  equals(other: Selection): boolean {
    return this.anchor === other.anchor && this.head === other.head;
  }

  toWire(): [anchor: number, head: number] {
    return [this.anchor, this.head];
  }
}
