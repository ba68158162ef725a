/**
 * What the page, the frame that code runs in, and its workers say to each other.
 *
 * The page hands everything over and never takes more than text and numbers back.  What comes
 * from a worker may come from the code that it runs: the frame bounds it.
 */

/** Of what one run prints, in UTF-16 units; more is left out. */
export const MOST_OUTPUT = 2 ** 20;

export type Stream = "stdout" | "stderr";

/** What was printed, in the order in which it was. */
export interface Piece {
  readonly stream: Stream;
  readonly text: string;
}

/** `ended`: by itself; `stopped`: by whoever ran it; `crashed`: what runs it broke. */
export type How = "ended" | "stopped" | "crashed";

export interface End {
  readonly how: How;
  /** The exit code, where it has ended by itself. */
  readonly exit: number | null;
  readonly milliseconds: number;
  /** Whether it has printed more than is shown. */
  readonly cut: boolean;
}

/** A file that runs code: bytes, or what the frame has compiled of them. */
export type Part = ArrayBuffer | WebAssembly.Module;
export type Parts = Readonly<Record<string, Part>>;

export type ToFrame =
  | { readonly type: "load"; readonly worker: string; readonly parts: Readonly<Record<string, ArrayBuffer>> }
  | { readonly type: "run"; readonly text: string; readonly stdin: string }
  | { readonly type: "stop" };

export type FromFrame =
  | { readonly type: "loaded" }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "running" }
  | { readonly type: "output"; readonly pieces: readonly Piece[] }
  | ({ readonly type: "ended" } & End);

export type ToWorker =
  | { readonly type: "prepare"; readonly parts: Parts; readonly interrupt: SharedArrayBuffer | null }
  | { readonly type: "run"; readonly text: string; readonly stdin: string };

export type FromWorker =
  | { readonly type: "running" }
  | ({ readonly type: "output" } & Piece)
  | { readonly type: "ended"; readonly exit: number }
  | { readonly type: "failed"; readonly reason: string };

/** What is written into the interrupt buffer; Python knows it as SIGINT. */
export const INTERRUPT = 2;
