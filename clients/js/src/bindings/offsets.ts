/**
 * Offsets in a CodeMirror document: code units and code points.
 *
 * A document is a tree of parts, and shares with the one before it all parts that an edit left
 * alone.  What was counted of a part is known from then on, so after a key only the lines around
 * it are counted again, however long the document is.
 */

import type { Text } from "@codemirror/state";
import { codePointLength, Offsets, type TextSource } from "../engine/codepoints.js";

type Unit = "units" | "points";

const counted = new WeakMap<Text, number>();

/** The length of a document in code points. */
export function pointsIn(doc: Text): number {
  let points = counted.get(doc);
  if (points === undefined) {
    // Between two children is a line break.
    points = doc.children?.reduce((sum, child) => sum + pointsIn(child) + 1, -1) ?? codePointLength(doc.sliceString(0));
    counted.set(doc, points);
  }
  return points;
}

/** A part that has no parts itself. */
interface Leaf {
  readonly doc: Text;
  readonly start: Readonly<Record<Unit, number>>;
  readonly offsets: Offsets;
}

/** Turns offsets of one document into the other unit, and reads pieces of it; what lies beyond its end counts as its end. */
export class DocOffsets implements TextSource {
  readonly #doc: Text;
  #leaf: Leaf | null = null;

  constructor(doc: Text) {
    this.#doc = doc;
  }

  get points(): number {
    return pointsIn(this.#doc);
  }

  slice(start: number, stop: number): string {
    return this.#doc.sliceString(this.toUnits(start), this.toUnits(stop));
  }

  /** Code units to code points; between the halves of a pair counts as before it. */
  toPoints(unit: number): number {
    const within = Math.min(unit, this.#doc.length);
    const { start, offsets } = this.#leafAt(within, "units");
    return start.points + offsets.toPoints(within - start.units);
  }

  /** Code points to code units. */
  toUnits(point: number): number {
    const within = Math.min(point, this.points);
    const { start, offsets } = this.#leafAt(within, "points");
    return start.units + offsets.toUnits(within - start.points);
  }

  #leafAt(offset: number, unit: Unit): Leaf {
    const last = this.#leaf;
    if (last && last.start[unit] <= offset && offset <= last.start[unit] + lengthOf(last.doc, unit)) return last;
    let doc = this.#doc;
    const start = { units: 0, points: 0 };
    while (doc.children) {
      for (const child of doc.children) {
        doc = child;
        if (offset <= start[unit] + lengthOf(child, unit)) break;
        start.units += child.length + 1;
        start.points += pointsIn(child) + 1;
      }
    }
    return (this.#leaf = { doc, start, offsets: new Offsets(doc.sliceString(0), pointsIn(doc)) });
  }
}

const lengthOf = (doc: Text, unit: Unit): number => (unit === "units" ? doc.length : pointsIn(doc));
