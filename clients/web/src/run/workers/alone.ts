/** What is another way in this worker than in others; to be imported before what it is meant for. */

import { stderr } from "./program.js";

Object.assign(globalThis, {
  /** Where scripts could import others Pyodide would not start; where it runs there is nothing to import. */
  importScripts: () => {
    throw new TypeError("there is nothing to import");
  },
});

/** What Pyodide complains of when it breaks is for who ran the program. */
console.error = (...words: unknown[]) => stderr.text(`${words.map(String).join(" ")}\n`);
