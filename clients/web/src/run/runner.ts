/**
 * Runs programs of one language, in a frame that knows nothing of the page.
 *
 * The frame is loaded at the first run and kept. Whatever happens in it, the page only waits for
 * it: a frame that doesn't answer when it is told to stop, or that is silent for 15 s before the
 * program starts, is thrown away with everything in it.
 */

import { h } from "../dom.js";
import { LoadFailed, WORDS } from "./failures.js";
import type { End, FromFrame, Piece, ToFrame } from "./protocol.js";
import { load, type Loaded, type Runtime } from "./runtimes.js";
import { Silence } from "./silence.js";

/** Is told about a run while it goes on. */
export interface Watcher {
  /** How many bytes have been loaded, of how many, from the server or the browser's cache. */
  loading(done: number, total: number): void;
  /** Everything is loaded: the frame or its worker is getting ready. */
  preparing(): void;
  /** The program is being compiled. */
  compiling(): void;
  running(): void;
  printed(pieces: readonly Piece[]): void;
}

/** How long a frame may take to stop a program before it is thrown away, in milliseconds. */
const PATIENCE = 400;

export class Runner {
  readonly #runtime: Runtime;
  #frame: Frame | null = null;
  #stopping = new AbortController();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Run a program until it ends; one at a time.
   *
   * @throws LoadFailed the runtime could not be loaded
   */
  async run(text: string, stdin: string, watcher: Watcher): Promise<End> {
    const { signal } = (this.#stopping = new AbortController());
    let began: number | null = null;
    const running = (): void => {
      began = performance.now();
      watcher.running();
    };
    const killed = new Promise<null>((resolve) => {
      signal.addEventListener("abort", () => {
        this.#frame?.stop();
        setTimeout(() => resolve(null), began === null ? 0 : PATIENCE);
      });
    });
    const end = await Promise.race([this.#perform(text, stdin, { ...watcher, running }, signal), killed]);
    if (end) return end;
    this.close();
    return { how: "stopped", exit: null, milliseconds: began === null ? 0 : Math.round(performance.now() - began), cut: false };
  }

  /** Stop the run, if there is one; it ends within half a second. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Throw away everything that is loaded, and the run. */
  close(): void {
    this.#frame?.remove();
    this.#frame = null;
  }

  async #perform(text: string, stdin: string, watcher: Watcher, signal: AbortSignal): Promise<End | null> {
    try {
      this.#frame ??= await this.#load(watcher, signal);
      if (signal.aborted) return null;
      watcher.preparing();
      return await this.#frame.run(text, stdin, watcher);
    } catch (error) {
      if (signal.aborted) return null;
      this.close();
      throw error;
    }
  }

  async #load(watcher: Watcher, signal: AbortSignal): Promise<Frame> {
    const loaded = await load(this.#runtime, watcher.loading, signal);
    watcher.preparing();
    const frame = new Frame();
    signal.addEventListener("abort", () => {
      if (this.#frame === null) frame.remove();
    });
    try {
      await frame.load(loaded);
    } catch (error) {
      frame.remove();
      throw error;
    }
    return frame;
  }
}

/** The frame, with an origin of its own, as the page sees it. */
class Frame {
  readonly #port: MessagePort;
  readonly #element: HTMLIFrameElement;
  #hear: (message: FromFrame) => void = () => {};
  #silence: Silence | null = null;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromFrame>) => {
      if (data.type === "alive") this.#silence?.heard();
      else this.#silence?.end();
      this.#hear(data);
    };
    this.#element = h("iframe", {
      src: "/run",
      sandbox: "allow-scripts",
      allow: "cross-origin-isolated",
      hidden: true,
      title: "Where code runs",
      load: () => this.#element.contentWindow?.postMessage(null, "*", [port2]),
    });
    document.body.append(this.#element);
  }

  /** @throws LoadFailed this browser can't run it, or the frame is silent */
  load({ worker, parts }: Loaded): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#hear = (message) => {
        if (message.type === "loaded") resolve();
        else if (message.type === "failed") reject(new LoadFailed(message.reason));
      };
      this.#listen(reject);
      this.#tell({ type: "load", worker, parts }, Object.values(parts));
    });
  }

  /** @throws LoadFailed the frame is silent, and the program neither compiled nor started */
  run(text: string, stdin: string, watcher: Watcher): Promise<End> {
    return new Promise((resolve, reject) => {
      this.#hear = (message) => {
        if (message.type === "compiling") watcher.compiling();
        else if (message.type === "running") watcher.running();
        else if (message.type === "output") watcher.printed(message.pieces);
        else if (message.type === "ended") {
          const { how, exit, milliseconds, cut } = message;
          resolve({ how, exit, milliseconds, cut });
        }
      };
      this.#listen(reject);
      this.#tell({ type: "run", text, stdin });
    });
  }

  stop(): void {
    this.#tell({ type: "stop" });
  }

  remove(): void {
    this.#silence?.end();
    this.#port.close();
    this.#element.remove();
  }

  /** Give the frame up if it is silent before it says more than that it is alive. */
  #listen(reject: (error: LoadFailed) => void): void {
    this.#silence = new Silence(() => reject(new LoadFailed(WORDS.silent)));
  }

  #tell(message: ToFrame, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
