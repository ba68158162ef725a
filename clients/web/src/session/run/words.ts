/** What is said of runs. */

import type { Connection } from "ot-collab";
import type { ListedRun, NewRun } from "../../api/runs.js";
import { languageName } from "../../editor/languages.js";
import type { End } from "../../run/protocol.js";

const MEGABYTE = 1e6;

/** As "exit code 0, 1.2 s". */
export function endWords({ how, exit, milliseconds }: Pick<End, "how" | "exit" | "milliseconds">): string {
  const ended = how === "ended" ? `exit code ${exit ?? 0}` : how;
  return `${ended}, ${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

/** Of a shared run, as "Ada: revision 12, exit code 0, 1.20 s". */
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
 * Why nothing is run, or null where it is.
 *
 * @param runs whether there is what runs this language
 */
export function hindrance(language: string, runs: boolean, { limits, session }: Connection): string | null {
  if (limits?.run === false) return "Running code is switched off on this server.";
  if (session?.run === false) return "Running code is switched off in this session, by an owner of it.";
  if (runs) return null;
  return `${languageName(language)} is edited here, not run: nothing brings a compiler of it into the browser.`;
}
