/** Why a program was not run, and what people can do about it. */

import { MOST_SECONDS } from "./silence.js";

/** A runtime could not be fetched, or not be started in this browser. */
export class LoadFailed extends Error {
  override readonly name = "LoadFailed";
}

const AGAIN = "then run the program again";

/** Shown after "Couldn’t load Python: ". */
export const WORDS = {
  unreachable: `the server can’t be reached. Check your connection, ${AGAIN}.`,
  serverSilent: `the server has sent nothing for ${MOST_SECONDS} seconds. Check your connection, ${AGAIN}.`,
  outdated: `there is a newer version of this page. Reload it, ${AGAIN}.`,
  silent:
    `it didn’t respond for ${MOST_SECONDS} seconds. A browser extension or setting may be blocking it: ` +
    `allow this site to run scripts in frames and workers, reload the page, ${AGAIN}.`,
} as const;
