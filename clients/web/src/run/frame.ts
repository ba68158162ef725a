/**
 * The script of the frame in which code runs.
 *
 * The frame has an opaque origin and may connect to nothing, so code in it can't reach the page,
 * its storage or the server. A runtime is loaded once. Each run has a worker of its own, which ends
 * with it; the worker for the next run is prepared in advance.
 *
 * Invariant: the page hears of one run at a time, and its output is bounded, whatever a worker sends.
 */

import { withMostMemory } from "./memory.js";
import { INTERRUPT, MOST_OUTPUT, type FromFrame, type FromWorker, type How, type Parts, type Piece, type ToFrame } from "./protocol.js";

/** How long a stopped program may take to end by itself, in milliseconds. */
const GRACE = 250;
/** Output within this time is sent together, in milliseconds. */
const GATHERING = 40;
/** How often the page is told that modules are still being compiled, in milliseconds. */
const SIGN_OF_LIFE = 1000;
/** How much memory Python may use, in bytes; the others' limits are set where they are started. */
const MOST_PYTHON_MEMORY = 512 * 2 ** 20;

let port: MessagePort;
let workerAddress = "";
let parts: Parts = {};
let ready: Execution | null = null;
let current: Execution | null = null;

addEventListener(
  "message",
  (event) => {
    if (event.source !== parent) return;
    port = event.ports[0]!;
    port.onmessage = ({ data }: MessageEvent<ToFrame>) => hear(data);
  },
  { once: true },
);

function hear(message: ToFrame): void {
  switch (message.type) {
    case "load":
      void load(message);
      break;
    case "run":
      current = ready ?? new Execution();
      ready = null;
      current.run(message.text, message.stdin);
      break;
    case "stop":
      current?.stop();
      break;
  }
}

async function load(message: ToFrame & { type: "load" }): Promise<void> {
  const signs = setInterval(() => tell({ type: "alive" }), SIGN_OF_LIFE);
  try {
    workerAddress = URL.createObjectURL(new Blob([message.worker], { type: "text/javascript" }));
    parts = await compiled(message.parts);
    ready = new Execution();
    tell({ type: "loaded" });
  } catch (error) {
    tell({ type: "failed", reason: String(error) });
  } finally {
    clearInterval(signs);
  }
}

async function compiled(parts: (ToFrame & { type: "load" })["parts"]): Promise<Parts> {
  const compiling = Object.entries(parts).map(async ([name, content]) => {
    if (!name.endsWith(".wasm")) return [name, content] as const;
    const module = new Uint8Array(content);
    return [name, await WebAssembly.compile(name === "pyodide.wasm" ? withMostMemory(module, MOST_PYTHON_MEMORY) : module)] as const;
  });
  return Object.fromEntries(await Promise.all(compiling));
}

function tell(message: FromFrame): void {
  port.postMessage(message);
}

/** A worker, from its preparation to the end of its one run. */
class Execution {
  readonly #worker = new Worker(workerAddress);
  /** Running code can only be told something through shared memory, if the browser has it. */
  readonly #interrupt = crossOriginIsolated ? new SharedArrayBuffer(1) : null;
  #failure: string | null = null;
  #pieces: Piece[] = [];
  #room = MOST_OUTPUT;
  #cut = false;
  #began: number | null = null;
  #isStopped = false;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #killing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    this.#worker.onerror = (event) => this.#broke(event);
    this.#worker.postMessage({ type: "prepare", parts, interrupt: this.#interrupt });
  }

  run(text: string, stdin: string): void {
    if (this.#failure !== null) this.#crash(this.#failure);
    else this.#worker.postMessage({ type: "run", text, stdin });
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#interrupt === null || this.#began === null) {
      this.#end("stopped", null);
      return;
    }
    new Uint8Array(this.#interrupt)[0] = INTERRUPT;
    this.#killing = setTimeout(() => this.#end("stopped", null), GRACE);
  }

  #hear(message: FromWorker): void {
    if (message.type === "failed") this.#failure = String(message.reason);
    if (this !== current) return;
    switch (message.type) {
      case "running":
        this.#began = performance.now();
        tell({ type: "running" });
        break;
      case "alive":
      case "compiling":
        tell({ type: message.type });
        break;
      case "output":
        this.#print({ stream: message.stream === "stderr" ? "stderr" : "stdout", text: String(message.text) });
        break;
      case "ended":
        this.#end(this.#isStopped ? "stopped" : "ended", this.#isStopped ? null : Number(message.exit));
        break;
      case "failed":
        this.#crash(String(message.reason));
        break;
    }
  }

  #broke(event: ErrorEvent): void {
    event.preventDefault();
    this.#failure = event.message || "the worker could not be started";
    if (this === current) this.#crash(this.#failure);
  }

  #crash(reason: string): void {
    this.#print({ stream: "stderr", text: `\n${reason}\n` });
    this.#end("crashed", null);
  }

  #print({ stream, text }: Piece): void {
    const kept = text.slice(0, this.#room);
    this.#cut ||= kept.length < text.length;
    if (kept === "") return;
    this.#room -= kept.length;
    const last = this.#pieces.at(-1);
    if (last?.stream === stream) this.#pieces[this.#pieces.length - 1] = { stream, text: last.text + kept };
    else this.#pieces.push({ stream, text: kept });
    this.#gathering ??= setTimeout(() => this.#flush(), GATHERING);
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#pieces.length > 0) tell({ type: "output", pieces: this.#pieces });
    this.#pieces = [];
  }

  #end(how: How, exit: number | null): void {
    clearTimeout(this.#killing);
    this.#worker.terminate();
    this.#flush();
    current = null;
    const milliseconds = this.#began === null ? 0 : performance.now() - this.#began;
    tell({ type: "ended", how, exit, milliseconds: Math.round(milliseconds), cut: this.#cut });
    ready = new Execution();
  }
}
