/** Descriptions of runs. */

import type { Session } from "ot-collab";
import type { ListedRun, NewRun } from "../../api/runs.js";
import { languageName } from "../../editor/languages.js";
import type { End } from "../../run/protocol.js";

const MEGABYTE = 1e6;

/** Such as "exit code 0, 1.20 s". */
export function endWords({ how, exit, milliseconds }: Pick<End, "how" | "exit" | "milliseconds">): string {
  const ended = how === "ended" ? `exit code ${exit ?? 0}` : how;
  return `${ended}, ${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

/** Such as "Ada: revision 12, exit code 0, 1.20 s", for a shared run. */
export function runWords(run: ListedRun): string {
  return `${run.participant.name}: ${ownWords(run)}`;
}

export function ownWords(run: Omit<NewRun, "input" | "output" | "cut">): string {
  return `revision ${run.revision}${run.edited ? " and unsaved edits" : ""}, ${endWords(run)}`;
}

export function loadingWords(name: string, done: number, total: number): string {
  const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);
  return `Loading ${name}: ${megabytes(done)} of ${megabytes(total)} MB`;
}

/**
 * Why code can't be run, or null if it can.
 *
 * @param runs whether there is a runtime for this language
 */
export function hindrance(language: string, runs: boolean, { limits, info }: Session): string | null {
  if (limits?.run === false) return "Running code is turned off on this server.";
  if (info?.run === false) return "An owner has turned off running code in this session.";
  if (runs) return null;
  return `${languageName(language)} can be edited here, but not run.`;
}
