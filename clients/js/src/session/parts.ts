/**
 * Parts: what is too much for one edit is sent in several.  No I/O.
 *
 * The law: the parts composed are the operation, component by component; nothing is made coarser.
 *
 * An operation is cut where it keeps text.  A stretch that alone is too much is cut into pieces: an
 * insert, a deletion, or an insert with the deletion behind it.  They may go in any order, since the
 * text between two of them is kept by both, or deleted by one.  Those that make the text smallest
 * go first: so no part makes it larger than the text before or after the whole.
 *
 * The same, in Python, is `ot_client/parts.py`.
 */

import { advance } from "../engine/codepoints.js";
import { append, lengthOf, type Component } from "../engine/components.js";
import { Operation } from "../engine/operation.js";
import type { Limits } from "./messages.js";

/** Bytes of a frame that are kept free for all but the components: 64 selections, and numbers. */
const ENVELOPE = 4096;
/** The most bytes of a retain or delete, and of what separates it from the next component. */
const NUMBER = 12;

/** What goes first, and what is left after it. */
export type Parts = readonly [first: Operation, rest: Operation];

/** Text that goes in before a place of the old text, and code points deleted from there on. */
export interface Piece {
  readonly at: number;
  readonly inserted: string;
  readonly deleted: number;
}

/**
 * An operation in two parts, if it is over a limit; the first one isn't.
 *
 * @param text returns the text that it is on, which is seldom asked for
 */
export function divided(operation: Operation, text: () => string, limits: PartLimits): Parts | null {
  const most = Math.max(limits.frame_bytes - ENVELOPE, Math.floor(limits.frame_bytes / 2));
  if (fits(operation, limits.components, most)) return null;
  const pieces = piecesOf(operation);
  const units = unitsOf(pieces, text(), limits.components - 1, most - NUMBER);
  const chosen = new Set<number>();
  let count = 1;
  let size = NUMBER;
  for (const unit of units) {
    for (const index of unit) {
      count += componentsOf(pieces[index]!);
      size += bytesOf(pieces[index]!);
    }
    if (count > limits.components || size > most) break;
    for (const index of unit) chosen.add(index);
  }
  if (chosen.size === 0) {
    const smallest = units[0]![0]!;
    const { at, inserted, deleted } = pieces[smallest]!;
    // What deletes takes the end of the insert along, so that it goes first and still fits.
    const [head, tail] = cut(inserted, most - 3 * NUMBER, deleted > 0);
    pieces.splice(smallest, 1, { at, inserted: head, deleted: 0 }, { at, inserted: tail, deleted });
    chosen.add(deleted > 0 ? smallest + 1 : smallest);
  }
  return parted(operation, pieces, chosen);
}

export type PartLimits = Pick<Limits, "components" | "frame_bytes">;

/**
 * What makes `text` too large, and what is left of the operation after it; null: nothing does.
 *
 * What lies between two places that are kept stays or goes as a whole.
 */
export function withoutExcess(operation: Operation, text: string, mostBytes: number): Parts | null {
  const pieces = piecesOf(operation);
  const growth = growthOf(pieces, text);
  const stretches = stretchesOf(pieces).map((indexes) => ({
    indexes,
    growth: indexes.reduce((sum, index) => sum + growth[index]!, 0),
  }));
  let left = mostBytes - bytes(text);
  const gone = new Set<number>();
  for (const stretch of stretches.sort((a, b) => a.growth - b.growth)) {
    if (stretch.growth > Math.max(left, 0)) for (const index of stretch.indexes) gone.add(index);
    else left -= stretch.growth;
  }
  return gone.size > 0 ? parted(operation, pieces, gone) : null;
}

function fits({ components }: Operation, mostComponents: number, mostBytes: number): boolean {
  if (components.length > mostComponents) return false;
  // A code unit takes at most six bytes, as \u0001 does.
  let longest = NUMBER * components.length;
  for (const component of components) if (typeof component === "string") longest += 6 * component.length;
  return longest <= mostBytes || bytes(JSON.stringify(components)) <= mostBytes;
}

/** What an operation is made of, in the order of the text. */
export function piecesOf(operation: Operation): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let inserted = "";
  for (const component of operation.components) {
    if (typeof component === "string") {
      inserted = component;
      continue;
    }
    if (component < 0) pieces.push({ at, inserted, deleted: -component });
    else if (inserted) pieces.push({ at, inserted, deleted: 0 });
    at += Math.abs(component);
    inserted = "";
  }
  if (inserted) pieces.push({ at, inserted, deleted: 0 });
  return pieces;
}

/** How many bytes longer each piece makes the text. */
function growthOf(pieces: readonly Piece[], text: string): number[] {
  let unit = 0;
  let point = 0;
  return pieces.map(({ at, inserted, deleted }) => {
    const start = advance(text, unit, at - point);
    unit = advance(text, start, deleted);
    point = at + deleted;
    return bytes(inserted) - bytes(text.slice(start, unit));
  });
}

/** The pieces between which no text is kept, by index. */
export function stretchesOf(pieces: readonly Piece[]): number[][] {
  const stretches: number[][] = [];
  let end = -1;
  for (const [index, { at, deleted }] of pieces.entries()) {
    if (at === end) stretches.at(-1)!.push(index);
    else stretches.push([index]);
    end = at + deleted;
  }
  return stretches;
}

/** The operation of the chosen pieces, and that of the others after it. */
export function parted(operation: Operation, pieces: readonly Piece[], chosen: ReadonlySet<number>): Parts {
  const first: Component[] = [];
  const rest: Component[] = [];
  let end = 0;
  for (const [index, { at, inserted, deleted }] of pieces.entries()) {
    const [goes, stays] = chosen.has(index) ? [first, rest] : [rest, first];
    append(first, at - end);
    append(rest, at - end);
    append(goes, inserted);
    append(goes, -deleted);
    append(stays, stays === rest ? lengthOf(inserted) : deleted);
    end = at + deleted;
  }
  append(first, operation.baseLength - end);
  append(rest, operation.baseLength - end);
  return [new Operation(first), new Operation(rest)];
}

/** Cut a text so that its beginning, or its end, takes at most so many bytes in JSON. */
function cut(text: string, most: number, fromEnd: boolean): [string, string] {
  const points = lengthOf(text);
  const at = (count: number): number => advance(text, 0, fromEnd ? points - count : count);
  const part = (place: number): string => (fromEnd ? text.slice(place) : text.slice(0, place));
  let low = 1;
  let high = points;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (jsonBytes(part(at(middle))) <= most) low = middle;
    else high = middle - 1;
  }
  return [text.slice(0, at(low)), text.slice(at(low))];
}

/** What may go in any order, by index: first what makes the text smallest. */
function unitsOf(pieces: readonly Piece[], text: string, mostComponents: number, mostBytes: number): number[][] {
  const growth = growthOf(pieces, text);
  const sum = (unit: readonly number[], of: (index: number) => number): number =>
    unit.reduce((total, index) => total + of(index), 0);
  const units = stretchesOf(pieces).flatMap((stretch) => {
    const isSmall =
      sum(stretch, (index) => componentsOf(pieces[index]!)) <= mostComponents &&
      sum(stretch, (index) => bytesOf(pieces[index]!)) <= mostBytes;
    return isSmall ? [stretch] : stretch.map((index) => [index]);
  });
  const growths = new Map(units.map((unit) => [unit, sum(unit, (index) => growth[index]!)]));
  return units.sort((a, b) => growths.get(a)! - growths.get(b)!);
}

/** How many components a piece takes at most, with the retain before it. */
function componentsOf({ inserted, deleted }: Piece): number {
  return 1 + Number(inserted !== "") + Number(deleted > 0);
}

/** How many bytes a piece takes in a frame at most, with the retain before it. */
function bytesOf({ inserted }: Piece): number {
  return 2 * NUMBER + (inserted ? jsonBytes(inserted) + 1 : 0);
}

const jsonBytes = (text: string): number => bytes(JSON.stringify(text));
const bytes = (text: string): number => new TextEncoder().encode(text).length;
