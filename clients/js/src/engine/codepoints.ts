/**
 * Code points and UTF-16 code units: the one file that knows both.
 *
 * The engine counts Unicode code points, as Python does; strings and editors of
 * a browser count UTF-16 code units.  The two are equal until a text holds a
 * character above U+FFFF (a surrogate pair), so every function here looks for one
 * first and is free of charge when there is none.
 */

const SURROGATE = /[\uD800-\uDFFF]/;
const PAIRS = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;
/** With the `u` flag a pair is one character: what is left to match stands alone. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/u;
const UNFIT_CONTROL = /[\0\r]/;
const UNFIT = /\r\n?|[\0\uD800-\uDFFF]/gu;

/** The length of `text` in code points. */
export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let pairs = 0;
  for (PAIRS.lastIndex = 0; PAIRS.test(text); ) pairs++;
  return text.length - pairs;
}

/** True unless `text` holds half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return !SURROGATE.test(text) || !LONE_SURROGATE.test(text);
}

/** True if the wire takes `text`: well formed, and neither U+0000 nor a carriage return in it. */
export function isWireText(text: string): boolean {
  return isWellFormed(text) && !UNFIT_CONTROL.test(text);
}

/** A place in a text that the wire does not take, in code units, and what to put there. */
export interface Correction {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What to change before the wire takes `text`: line ends become `\n`, U+0000 and lone surrogates U+FFFD. */
export function corrections(text: string): Correction[] {
  if (isWireText(text)) return [];
  return Array.from(text.matchAll(UNFIT), ({ 0: unfit, index }) => ({
    from: index,
    to: index + unfit.length,
    text: unfit.startsWith("\r") ? "\n" : "\uFFFD",
  }));
}

/** `text` as the wire takes it, corrected. */
export function toWireText(text: string): string {
  let clean = "";
  let done = 0;
  for (const correction of corrections(text)) {
    clean += text.slice(done, correction.from) + correction.text;
    done = correction.to;
  }
  return clean + text.slice(done);
}

/** The code unit offset that lies `points` code points after the code unit offset `unit`, or the end. */
export function advance(text: string, unit: number, points: number): number {
  const near = Math.min(unit + points, text.length);
  if (!SURROGATE.test(text.slice(unit, near))) return near;
  // From pair to pair: what lies between them has as many code units as code points.
  PAIRS.lastIndex = unit;
  for (;;) {
    const pair = PAIRS.exec(text);
    const plain = (pair ? pair.index : text.length) - unit;
    if (!pair || plain >= points) return Math.min(unit + points, text.length);
    unit = pair.index + 2;
    points -= plain + 1;
  }
}

/** A text that is read in pieces, such as an editor's own.  All is in code points. */
export interface TextSource {
  /** How many there are. */
  readonly points: number;
  slice(start: number, stop: number): string;
}

/** The text as a source. */
export function sourceOf(text: string | TextSource): TextSource {
  return typeof text === "string" ? new Offsets(text) : text;
}

/**
 * Turns offsets of one text into the other unit, and reads pieces of it.
 *
 * Asked in ascending order it reads the text once altogether; asked for a smaller
 * offset it starts again.  An offset between the halves of a pair counts as before it.
 */
export class Offsets implements TextSource {
  readonly points: number;
  readonly #text: string;
  readonly #equal: boolean;
  #unit = 0;
  #point = 0;

  /** @param points the length of `text` in code points, where it is known: it saves reading the text. */
  constructor(text: string, points: number = codePointLength(text)) {
    this.#text = text;
    this.points = points;
    this.#equal = points === text.length;
  }

  /** Code units to code points. */
  toPoints(unit: number): number {
    if (this.#equal) return unit;
    if (unit < this.#unit) this.#unit = this.#point = 0;
    const end = width(this.#text, unit - 1) === 2 ? unit - 1 : unit;
    this.#point += codePointLength(this.#text.slice(this.#unit, end));
    this.#unit = end;
    return this.#point;
  }

  /** Code points to code units. */
  toUnits(point: number): number {
    if (this.#equal) return point;
    if (point < this.#point) this.#unit = this.#point = 0;
    this.#unit = advance(this.#text, this.#unit, point - this.#point);
    this.#point = point;
    return this.#unit;
  }

  slice(start: number, stop: number): string {
    return this.#text.slice(this.toUnits(start), this.toUnits(stop));
  }
}

/** How many code units the character at `unit` takes: 2 for a surrogate pair, else 1. */
function width(text: string, unit: number): 1 | 2 {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}
