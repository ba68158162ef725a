/** Changes to this worker's globals; import it before the code that needs them. */

import { stderr } from "./program.js";

Object.assign(globalThis, {
  /** Pyodide refuses to start where `importScripts` works; here there is nothing to import. */
  importScripts: () => {
    throw new TypeError("there is nothing to import");
  },
});

/** Pyodide's errors, when it breaks, are shown to the person who ran the program. */
console.error = (...words: unknown[]) => stderr.text(`${words.map(String).join(" ")}\n`);
