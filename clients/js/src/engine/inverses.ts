/**
 * Inverses of edits, and how they meet what has happened since: no text is put in twice.
 *
 * Step by step this is `ot_core/inverses.py`.
 */

import { codePointLength } from "./codepoints.js";
import { append, lengthOf, Reader, type Component } from "./components.js";
import { diff } from "./diff.js";
import { Operation } from "./operation.js";
import { grouped, partsOf, placesOf, slice, textsOf, type Place } from "./places.js";
import { deleted, move, moveBack, overlap, type Span } from "./spans.js";
import { transform } from "./transform.js";

/** So many letters, digits or signs are not equal by chance at the end of a longer text. */
const LEAST = 3;
/** So many steps may have taken out together what is there. */
const NEAR = 100;

/** Leads from what an inverse would put in to what has come back. */
export type Align = (before: string, after: string) => Operation;

/** One step back, and what others have done since it was recorded. */
export interface Step {
  readonly inverse: Operation;
  since: Operation | null;
}

/** The length of the text as it is now, in code points. */
export const lengthAt = ({ inverse, since }: Step): number => since?.targetLength ?? inverse.baseLength;

/**
 * Transform the inverse of an edit, and what has happened since that edit.
 *
 * This is `transform`, unless both put in text at one place:
 *
 * - If others have put in the same text there, or a longer one that begins or ends with it
 *   (by more than chance), the inverse doesn't put it in.  Nor does it if that is so of what
 *   it would put in there together with the next steps below.  For these, the others' text
 *   is that text.  But where it is one's own, which a step below would take out, it is as if
 *   it had been put in and deleted: what stands there stays the others'.
 * - If some of what stands there has come `back`, without anybody's doing, it is the text
 *   that the inverse would put in, as far as they are alike.
 *
 * @param since what has happened since, on the text after the edit.
 * @param inverse what takes the edit back, on the same text.
 * @param below the steps below; the last one goes on from the text after the inverse.
 * @param back which pieces of the text after `since` have come back.
 */
export function transformInverse(
  since: Operation,
  inverse: Operation,
  below: readonly Step[] = [],
  back: readonly Span[] = [],
  align: Align = diff,
): [since: Operation, inverse: Operation] {
  const ways = new Map<Place, Operation | null>();
  for (const [place, { text, spans }] of textsOf(partsOf(inverse, placesOf(since)))) {
    const ownWay = wayTo(place, text, back, align);
    const way = ownWay ?? found(text, place.text) ?? together(text, spans, place.text, below);
    if (way) ways.set(place, !ownWay && takeOut(below, spans) ? null : way);
  }
  if (ways.size === 0) return transform(since, inverse);
  const places = [...ways.keys()];
  const first: Component[] = []; // what has happened, on a text that has what has come back
  const second: Component[] = []; // the inverse, on the same text
  const dropped: Component[] = []; // what takes out of the text after the inverse what is there
  const ours = grouped(partsOf(inverse, places));
  grouped(partsOf(since, places)).forEach(([place, theirs], i) => {
    const way = place && ways.get(place);
    if (!way) for (const component of theirs) append(first, component);
    const rest = new Reader(way?.components ?? []);
    for (const component of ours[i]?.[1] ?? []) {
      const length = lengthOf(component);
      const isText = typeof component === "string";
      const isDropped = place !== null && !way && isText;
      if (isText || component > 0) append(dropped, isDropped ? -length : length);
      if (isText && way) follow(rest, component, first, second);
      else if (!isDropped) append(second, component);
      if (!isText && way) append(first, -length);
    }
    while (!rest.atEnd) append(first, rest.take());
  });
  const [past, back_] = transform(new Operation(first), new Operation(second));
  return [new Operation(dropped).compose(past), back_];
}

/** As `diff`, but if all letters of one text are in the other, in order, it keeps them all. */
export function alignLetters(before: string, after: string): Operation {
  return byInserts(before, after) ?? byInserts(after, before)?.invert(after) ?? diff(before, after);
}

/** What leads from one text to another by inserts alone, if that is possible. */
function byInserts(before: string, after: string): Operation | null {
  const letters = [...before];
  const components: Component[] = [];
  let at = 0;
  for (const letter of after) {
    const isKept = letter === letters[at];
    if (isKept) at++;
    append(components, isKept ? 1 : letter);
  }
  return at === letters.length ? new Operation(components) : null;
}

/** What leads from a text to that of a place and keeps what has come back, if any. */
function wayTo(place: Place, text: string, back: readonly Span[], align: Align): Operation | null {
  let returned = "";
  const others: Component[] = [];
  let at = 0;
  for (const [start, stop] of overlap([[place.at, place.at + codePointLength(place.text)]], back)) {
    append(others, slice(place.text, at, start - place.at));
    append(others, stop - start);
    returned += slice(place.text, start - place.at, stop - place.at);
    at = stop - place.at;
  }
  if (returned === "") return null;
  append(others, slice(place.text, at, Infinity));
  const way = align(text, returned);
  const keeps = way.components.some((component) => typeof component === "number" && component > 0);
  return keeps ? way.compose(new Operation(others)) : null;
}

/** Take the part of a way off that leads over `text`; what it keeps, both keep. */
function follow(way: Reader, text: string, first: Component[], second: Component[]): void {
  const own = new Reader([text]);
  while (!own.atEnd) {
    if (way.atInsert) {
      append(first, way.take());
      continue;
    }
    const length = Math.min(way.length, own.length);
    const isKept = !way.atDelete;
    const piece = own.take(length);
    way.take(length);
    if (isKept) append(first, length);
    append(second, isKept ? length : piece);
  }
}

/** What leads from a text to the one that is there, if that has it too. */
function found(text: string, there: string): Operation | null {
  const isChance = codePointLength(text.replace(/[ \t\n]/g, "")) < LEAST;
  if (text !== there && isChance) return null;
  const components: Component[] = [];
  if (there.startsWith(text)) {
    append(components, codePointLength(text));
    append(components, there.slice(text.length));
  } else if (there.endsWith(text)) {
    append(components, there.slice(0, -text.length));
    append(components, codePointLength(text));
  } else {
    return null;
  }
  return new Operation(components);
}

/** What leads from a text, by what the next steps below put in too, to what is there. */
function together(text: string, spans: readonly Span[], there: string, below: readonly Step[]): Operation | null {
  const [span, another] = spans;
  const last = below.at(-1);
  if (!span || another || !last || !byInserts(text, there)) return null;
  const place: Place = { start: span[0], stop: span[1], at: 0, text: "" };
  let since = Operation.noop(lengthAt(last));
  let more = since;
  for (const step of below.slice(-NEAR).reverse()) {
    const [past, inverse] = transform(step.since?.compose(since) ?? since, step.inverse);
    since = past;
    more = more.compose(inverse);
    const way = new Operation(partsOf(more, [place]).flatMap(([inside, part]) => (inside ? [part] : [])));
    if (way.targetLength > codePointLength(there)) return null;
    const rest = found(way.apply(text), there);
    if (rest) return way.compose(rest);
  }
  return null;
}

/** Whether a step would take some of these pieces out of the text that the last one is for. */
function takeOut(steps: readonly Step[], spans: readonly Span[]): boolean {
  for (const { inverse, since } of [...steps].reverse()) {
    if (since) spans = moveBack(spans, since);
    if (overlap(spans, deleted(inverse)).length > 0) return true;
    spans = move(spans, inverse);
  }
  return false;
}
