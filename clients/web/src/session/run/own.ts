/** This person's own runs: one at a time, of the text that is shown. */

import type { Session } from "ot-collab";
import type { NewRun } from "../../api/runs.js";
import type { Piece } from "../../run/protocol.js";
import { Runner, type Watcher } from "../../run/runner.js";
import { RUNTIMES } from "../../run/runtimes.js";

export class OwnRuns {
  readonly #session: Session;
  /** By language; loaded when needed. */
  readonly #runners = new Map<string, Runner>();
  #current: Runner | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  get isRunning(): boolean {
    return this.#current !== null;
  }

  /**
   * Run the text that is shown, until it ends.
   *
   * @throws LoadFailed the runtime of this language could not be loaded
   */
  async run(language: string, input: string, watcher: Watcher): Promise<NewRun> {
    const { text, revision, status } = this.#session;
    const runner = this.#runners.get(language) ?? new Runner(RUNTIMES.get(language)!);
    this.#runners.set(language, runner);
    this.#current = runner;
    const output: Piece[] = [];
    const printed = (pieces: readonly Piece[]): void => {
      output.push(...pieces);
      watcher.printed(pieces);
    };
    try {
      const end = await runner.run(text, input, { ...watcher, printed });
      return { revision: revision ?? 0, edited: !status.synchronized, language, input, output, ...end };
    } finally {
      this.#current = null;
    }
  }

  stop(): void {
    this.#current?.stop();
  }

  close(): void {
    this.stop();
    for (const runner of this.#runners.values()) runner.close();
  }
}
