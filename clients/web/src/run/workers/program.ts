/** The life of a worker: it is given what it needs, runs one program, and is ended by the frame. */

import { MOST_OUTPUT, type FromWorker, type Stream, type ToWorker } from "../protocol.js";
import { handOver } from "./handed.js";

/** What a program gets. */
export interface Given {
  readonly text: string;
  readonly stdin: Uint8Array<ArrayBuffer>;
}

/** Runs a program to its end, and returns its exit code. */
export type Run = (given: Given) => Promise<number> | number;

/** @param prepare does everything that can be done before the program is known; see `alive` */
export function serve(prepare: (interrupt: Uint8Array | null) => Promise<Run> | Run): void {
  let run: Promise<Run>;
  addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === "prepare") {
      handOver(data.parts);
      run = prepared(prepare, data.interrupt && new Uint8Array(data.interrupt));
      run.catch(failed);
    } else {
      perform(run, { text: data.text, stdin: new TextEncoder().encode(data.stdin) }).catch(failed);
    }
  });
}

async function prepared(prepare: Parameters<typeof serve>[0], interrupt: Uint8Array | null): Promise<Run> {
  return prepare(interrupt);
}

/** Report that the runtime broke, not the program. */
function failed(error: unknown): void {
  tell({ type: "failed", reason: String(error) });
}

async function perform(prepared: Promise<Run>, given: Given): Promise<void> {
  alive();
  const run = await prepared;
  const exit = await run(given);
  for (const output of Object.values(OUTPUTS)) output.end();
  tell({ type: "ended", exit });
}

/** Says that this worker is still getting ready: the page gives up a worker that is silent. */
export function alive(): void {
  tell({ type: "alive" });
}

/** The program is being compiled, which may take long. */
export function compiling(): void {
  tell({ type: "compiling" });
}

/** The program starts now: its time is measured from here. */
export function running(): void {
  tell({ type: "running" });
}

function tell(message: FromWorker): void {
  postMessage(message);
}

/** An output stream of a program. */
class Output {
  readonly #stream: Stream;
  readonly #decoder = new TextDecoder();
  #room = MOST_OUTPUT + 1; // one more than allowed, so that the frame notices

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  bytes(bytes: Uint8Array): void {
    this.text(this.#decoder.decode(bytes, { stream: true }));
  }

  text(text: string): void {
    if (this.#room === 0 || text === "") return;
    const kept = text.slice(0, this.#room);
    this.#room -= kept.length;
    tell({ type: "output", stream: this.#stream, text: kept });
  }

  /** Print what is left, even if it ends in half a character. */
  end(): void {
    this.text(this.#decoder.decode());
  }
}

const OUTPUTS: Readonly<Record<Stream, Output>> = { stdout: new Output("stdout"), stderr: new Output("stderr") };
export const { stdout, stderr } = OUTPUTS;

/** The input of a program. */
export class Input {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** @returns the next bytes, at most `most`; none at the end */
  read(most: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(this.#at, this.#at + most);
    this.#at += bytes.length;
    return bytes;
  }

  /** @returns the next line without its end, or null at the end */
  line(): string | null {
    if (this.#at >= this.#bytes.length) return null;
    const newline = this.#bytes.indexOf(10, this.#at);
    const end = newline < 0 ? this.#bytes.length : newline;
    const line = new TextDecoder().decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return line;
  }

  /** @returns everything that is left */
  rest(): string {
    return new TextDecoder().decode(this.read(this.#bytes.length));
  }
}
