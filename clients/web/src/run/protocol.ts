/**
 * The messages between the page, the frame in which code runs, and its workers.
 *
 * The page hands everything over and takes back only text and numbers. What comes from a worker
 * may come from the code that it runs, so the frame bounds it.
 */

/** The most output of one run, in UTF-16 units; the rest is left out. */
export const MOST_OUTPUT = 2 ** 20;

export type Stream = "stdout" | "stderr";

/** A piece of output; pieces come in the order in which they were printed. */
export interface Piece {
  readonly stream: Stream;
  readonly text: string;
}

/** `ended` by itself, `stopped` by the person who ran it, or `crashed`: its runtime broke. */
export type How = "ended" | "stopped" | "crashed";

export interface End {
  readonly how: How;
  /** The exit code, if it ended by itself. */
  readonly exit: number | null;
  readonly milliseconds: number;
  /** Whether it printed more than is shown. */
  readonly cut: boolean;
}

/** `alive`: still getting ready; `compiling` and `running`: the program, for as long as it takes. */
export interface Progress {
  readonly type: "alive" | "compiling" | "running";
}

/** A file of a runtime: its bytes, or the module that the frame compiled from them. */
export type Part = ArrayBuffer | WebAssembly.Module;
export type Parts = Readonly<Record<string, Part>>;

export type ToFrame =
  | { readonly type: "load"; readonly worker: string; readonly parts: Readonly<Record<string, ArrayBuffer>> }
  | { readonly type: "run"; readonly text: string; readonly stdin: string }
  | { readonly type: "stop" };

export type FromFrame =
  | { readonly type: "loaded" }
  | { readonly type: "failed"; readonly reason: string }
  | Progress
  | { readonly type: "output"; readonly pieces: readonly Piece[] }
  | ({ readonly type: "ended" } & End);

export type ToWorker =
  | { readonly type: "prepare"; readonly parts: Parts; readonly interrupt: SharedArrayBuffer | null }
  | { readonly type: "run"; readonly text: string; readonly stdin: string };

export type FromWorker =
  | Progress
  | ({ readonly type: "output" } & Piece)
  | { readonly type: "ended"; readonly exit: number }
  | { readonly type: "failed"; readonly reason: string };

/** The value written into the interrupt buffer; for Python it is SIGINT. */
export const INTERRUPT = 2;
