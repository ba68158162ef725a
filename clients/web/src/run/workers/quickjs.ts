/** Runs JavaScript in an engine of its own, which has a console, input and timers, but no browser. */

import baseVariant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { INTERRUPT } from "../protocol.js";
import { handedModule } from "./handed.js";
import prelude from "./prelude.js?raw";
import { Input, running, stderr, stdout, type Given } from "./program.js";

/** How much memory a program may use, in bytes. */
const MOST_MEMORY = 256 * 2 ** 20;
const MOST_STACK = 2 ** 19;
/** Exit codes, the same as in shells. */
const FAILED = 1;
const INTERRUPTED = 130;
/** Code with this syntax is a module; any other is a script, as in Node. */
const MODULE = /^\s*(?:import|export)\b|^(?:[^'"`/\n]*[^'"`/\n\w])?await\s/m;

export function engine(): Promise<QuickJSWASMModule> {
  return newQuickJSWASMModuleFromVariant(newVariant(baseVariant, { wasmModule: handedModule("quickjs.wasm") }));
}

/** One run of one program. */
export class Execution {
  readonly #context: QuickJSContext;
  readonly #input: Input;
  readonly #interrupt: Uint8Array | null;
  /** Functions of the prelude, by name. */
  readonly #prelude: QuickJSHandle;
  #exit: number | null = null;

  constructor(quickjs: QuickJSWASMModule, stdin: Given["stdin"], interrupt: Uint8Array | null) {
    const runtime = quickjs.newRuntime({ memoryLimitBytes: MOST_MEMORY, maxStackSizeBytes: MOST_STACK });
    // A program can't catch the interrupt.
    runtime.setInterruptHandler(() => this.#exit !== null || this.#isInterrupted);
    this.#context = runtime.newContext();
    this.#input = new Input(stdin);
    this.#interrupt = interrupt;
    this.#prelude = this.#prepared();
  }

  /**
   * @param name the file's name in error messages
   * @returns the exit code
   */
  async run(text: string, name: string): Promise<number> {
    const context = this.#context;
    running();
    const result = context.evalCode(text, name, { type: MODULE.test(text) ? "module" : "global" });
    if (result.error) return this.#failed(result.error);
    // The value of a module is a promise; so is that of a script whose last call is async.
    // Other rejected promises go unnoticed: quickjs-emscripten has no tracker for them.
    const value = result.value;
    for (;;) {
      const jobs = context.runtime.executePendingJobs();
      if (jobs.error) return this.#failed(jobs.error);
      if (this.#exit !== null) return this.#exit;
      const state = context.getPromiseState(value);
      if (state.type === "rejected") return this.#failed(state.error);
      const milliseconds = context.getNumber(context.unwrapResult(this.#call("untilNextTimer")));
      if (milliseconds < 0) return 0;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const timer = this.#call("runTimer");
      if (timer.error) return this.#failed(timer.error);
    }
  }

  get #isInterrupted(): boolean {
    return this.#interrupt?.[0] === INTERRUPT;
  }

  #prepared(): QuickJSHandle {
    const context = this.#context;
    const host = context.newObject();
    const offer = (name: string, does: (...values: QuickJSHandle[]) => QuickJSHandle | void): void => {
      context.setProp(host, name, context.newFunction(name, does));
    };
    // What `exit` throws can be caught, or only rejects an async function. If code runs on, it isn't heard.
    const offerOutput = (name: string, output: typeof stdout): void =>
      offer(name, (text) => void (this.#exit === null && output.text(context.getString(text!))));
    offerOutput("print", stdout);
    offerOutput("complain", stderr);
    offer("readRest", () => context.newString(this.#input.rest()));
    offer("readLine", () => {
      const line = this.#input.line();
      return line === null ? context.null : context.newString(line);
    });
    offer("exit", (code) => {
      this.#exit = context.getNumber(code!) & 0xff;
      throw new Error("exit");
    });
    const prepare = context.unwrapResult(context.evalCode(prelude, "prelude.js"));
    return context.unwrapResult(context.callFunction(prepare, context.undefined, host));
  }

  #call(name: string, ...values: QuickJSHandle[]): ReturnType<QuickJSContext["callFunction"]> {
    return this.#context.callFunction(this.#context.getProp(this.#prelude, name), this.#context.undefined, ...values);
  }

  #failed(error: QuickJSHandle): number {
    if (this.#exit !== null) return this.#exit;
    if (this.#isInterrupted) {
      stderr.text("Interrupted\n");
      return INTERRUPTED;
    }
    const described = this.#call("describe", error);
    // If memory has run out, there may be none left to describe the error.
    stderr.text(described.error ? "InternalError: out of memory\n" : `${this.#context.getString(described.value)}\n`);
    return FAILED;
  }
}
