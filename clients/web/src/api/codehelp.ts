/** The calls for help with the code. */

import type { TokenSource } from "ot-collab";
import { call } from "./call.js";
import { queryString, sessionPathOf } from "./sessions.js";

export type CompletionKind =
  | "module"
  | "class"
  | "function"
  | "property"
  | "parameter"
  | "variable"
  | "keyword"
  | "builtin"
  | "word";

export interface Completed {
  readonly text: string;
  readonly kind: CompletionKind;
  /** How to call it. */
  readonly signature?: string;
  /** The beginning of its documentation. */
  readonly documentation?: string;
}

/** What can replace a range, in code points of the text at the revision. */
export interface Completions {
  readonly revision: number;
  readonly start: number;
  readonly stop: number;
  /** The most likely first. */
  readonly items: readonly Completed[];
}

/** @param offset in code points of the text at `revision` */
export function complete(
  session: string,
  place: { revision: number; offset: number },
  as: TokenSource,
): Promise<Completions> {
  return call("POST", `${sessionPathOf(session)}/completions`, { body: place, as });
}

/** The keywords and builtins of a language. */
export async function wordsOf(language: string): Promise<readonly Completed[]> {
  const { items } = await call<{ items: Completed[] }>("GET", `/autocomplete${queryString({ language })}`);
  return items;
}
