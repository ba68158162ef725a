/**
 * Places: where an operation puts text in, and what another one does there.
 *
 * A place of an operation is a stretch of its walk in which it keeps nothing.  What it puts in
 * there stands together in the new text, whatever it deletes in between.
 */

import { advance, codePointLength, type TextSource } from "./codepoints.js";
import { append, lengthOf, Reader, type Component } from "./components.js";
import { Operation } from "./operation.js";
import type { Span } from "./spans.js";

/** What goes is `[start, stop]` of the old text; what comes, `text`, is at `at` in the new one. */
export interface Place {
  readonly start: number;
  readonly stop: number;
  readonly at: number;
  readonly text: string;
}

/** A component, or a piece of one, and the place in which it lies. */
export type Part = readonly [place: Place | null, component: Component];

/** The places where an operation puts text in, in ascending order. */
export function placesOf(operation: Operation): Place[] {
  const places: Place[] = [];
  let start = 0;
  let stop = 0;
  let at = 0;
  let text = "";
  for (const component of [...operation.components, 1]) {
    if (typeof component === "string") {
      text += component;
    } else if (component < 0) {
      stop -= component;
    } else {
      if (text !== "") places.push({ start, stop, at, text });
      start = stop = stop + component;
      at += codePointLength(text) + component;
      text = "";
    }
  }
  return places;
}

/**
 * The components, cut where places begin and end, each with its place.
 *
 * What is put in at either end of a place is in it.
 */
export function partsOf(operation: Operation, places: readonly Place[]): Part[] {
  const parts: Part[] = [];
  const rest = new Reader(operation.components);
  let next = 0;
  let at = 0;
  while (!rest.atEnd) {
    if (!rest.atInsert) while ((places[next]?.stop ?? Infinity) <= at) next++;
    const place = places[next];
    const inside = place && place.start <= at ? place : null;
    if (rest.atInsert) {
      parts.push([inside, rest.take()]);
      continue;
    }
    const cut = inside?.stop ?? place?.start ?? Infinity;
    const length = Math.min(rest.length, cut - at);
    parts.push([inside, rest.take(length)]);
    at += length;
  }
  return parts;
}

/** The parts that lie together in a place, or between two. */
export function grouped(parts: readonly Part[]): [place: Place | null, components: Component[]][] {
  const groups: [Place | null, Component[]][] = [];
  for (const [place, component] of parts) {
    const last = groups.at(-1);
    if (last?.[0] === place) last[1].push(component);
    else groups.push([place, [component]]);
  }
  return groups;
}

/** What is put in at each place, and where it is in the new text. */
export function textsOf(parts: readonly Part[]): Map<Place, { text: string; spans: Span[] }> {
  const texts = new Map<Place, { text: string; spans: Span[] }>();
  let at = 0;
  for (const [place, component] of parts) {
    const length = lengthOf(component);
    if (place && typeof component === "string") {
      const { text, spans } = texts.get(place) ?? { text: "", spans: [] };
      texts.set(place, { text: text + component, spans: [...spans, [at, at + length]] });
    }
    if (typeof component === "string" || component > 0) at += length;
  }
  return texts;
}

/** The operation without what it deletes from `text` only to put it in again. */
export function simplified(operation: Operation, text: TextSource): Operation {
  const components: Component[] = [];
  for (const [place, parts] of grouped(partsOf(operation, placesOf(operation)))) {
    const isSame = place && text.slice(place.start, place.stop) === place.text;
    for (const component of isSame ? [place.stop - place.start] : parts) append(components, component);
  }
  return new Operation(components);
}

/** A piece of a text, in code points. */
export function slice(text: string, start: number, stop: number): string {
  const from = advance(text, 0, start);
  return text.slice(from, advance(text, from, stop - start));
}
