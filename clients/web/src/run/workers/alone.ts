/** No script fetches another one here; Pyodide takes a worker in which one could for one that it can't work in. */

Object.assign(globalThis, {
  importScripts: () => {
    throw new TypeError("there is nothing to import");
  },
});
