/** The calls about runs that are shared in a session. */

import type { TokenSource } from "ot-collab";
import type { How, Piece } from "../run/protocol.js";
import { call } from "./call.js";
import { sessionPathOf } from "./sessions.js";

/** How a run went, as the list says it. */
export interface ListedRun {
  /** Its number in the session, counting from 1. */
  readonly number: number;
  readonly participant: { readonly id: string; readonly name: string };
  readonly revision: number;
  /** Whether the text also had edits that were not committed yet. */
  readonly edited: boolean;
  readonly language: string;
  readonly how: How;
  readonly exit: number | null;
  readonly milliseconds: number;
  /** RFC 3339. */
  readonly created_at: string;
}

export interface SharedRun extends ListedRun {
  readonly input: string;
  readonly output: readonly Piece[];
  /** Whether it had more input or output than was kept. */
  readonly cut: boolean;
}

export type NewRun = Omit<SharedRun, "number" | "participant" | "created_at">;

/** The newest runs, the newest first. */
export async function listRuns(session: string, as: TokenSource): Promise<readonly ListedRun[]> {
  const { items } = await call<{ items: ListedRun[] }>("GET", `${sessionPathOf(session)}/runs`, { as });
  return items;
}

export function readRun(session: string, number: number, as: TokenSource): Promise<SharedRun> {
  return call("GET", `${sessionPathOf(session)}/runs/${number}`, { as });
}

export function shareRun(session: string, run: NewRun, as: TokenSource): Promise<ListedRun> {
  return call("POST", `${sessionPathOf(session)}/runs`, { body: run, as });
}
