/** The calls to the assistant of one session: what it finds, what it writes, and what becomes of that. */

import type { TokenSource } from "ot-collab";
import { call, open, type Method } from "./call.js";
import { cutOff, refusal } from "./failures.js";
import { sessionPathOf } from "./sessions.js";

/** What the assistant was asked, and what came of it. */
export interface Run {
  readonly id: string;
  readonly kind: "debug" | "generate";
  readonly participant: { readonly id: string; readonly name: string; readonly color: string };
  readonly instruction: string;
  readonly state: "running" | "done" | "cancelled" | "failed" | "interrupted";
  /** The last revision that it has written. */
  readonly last_revision: number | null;
  /** The revision that took it back. */
  readonly undone: number | null;
  /** RFC 3339. */
  readonly started_at: string;
}

/** A mistake in the text at `revision`; lines count from 1. */
export interface Finding {
  readonly id: string;
  readonly source: "assistant" | "ruff";
  readonly first_line: number;
  readonly last_line: number;
  readonly severity: "error" | "warning" | "info";
  readonly category: "syntax" | "bug" | "performance" | "security";
  readonly explanation: string;
  /** What is proposed for these lines; an empty text takes them away. */
  readonly replacement: string | null;
  readonly revision: number;
  readonly applied: number | null;
}

export interface Runs {
  /** Whether there is an assistant. */
  readonly configured: boolean;
  readonly model: string | null;
  /** The newest first. */
  readonly items: readonly Run[];
}

export interface Wish {
  readonly instruction: string;
  /** In code points of the text at `revision`. */
  readonly selection: readonly [number, number];
  readonly revision: number;
  readonly lock: boolean;
}

/** One session's assistant, as somebody in it. */
export class Assistant {
  readonly #path: string;
  readonly #as: TokenSource;

  constructor(session: string, as: TokenSource) {
    this.#path = `${sessionPathOf(session)}/ai`;
    this.#as = as;
  }

  runs(): Promise<Runs> {
    return this.#call("GET", "");
  }

  async debug(): Promise<readonly Finding[]> {
    return (await this.#call<{ items: Finding[] }>("POST", "/debug", {})).items;
  }

  /** Make the change that a finding proposes. */
  async apply(finding: string): Promise<void> {
    await this.#call("POST", `/findings/${encodeURIComponent(finding)}/apply`);
  }

  /**
   * Let it write; resolves when it has ended.
   *
   * @param told how many characters it has written so far
   * @throws CallFailed it did not work, or the line broke: then it may still be at work
   */
  async generate(wish: Wish, told: (characters: number) => void): Promise<void> {
    const response = await open("POST", `${this.#path}/generate`, { body: wish, as: this.#as });
    for await (const { name, data } of events(response)) {
      if (name === "progress") told(Number(data["characters"]));
      if (name === "error") throw refusal(502, data);
      if (name === "done") return;
    }
    throw cutOff();
  }

  async stop(run: string): Promise<void> {
    await this.#call("DELETE", `/${encodeURIComponent(run)}`);
  }

  /** Take back what a run has written. */
  async undo(run: string): Promise<void> {
    await this.#call("POST", `/${encodeURIComponent(run)}/undo`);
  }

  #call<Answer>(method: Method, path: string, body?: object): Promise<Answer> {
    return call(method, this.#path + path, { as: this.#as, ...(body && { body }) });
  }
}

interface ServerEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Server-sent events, as they come; they end where the line breaks. */
async function* events(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: "" }));
    if (done) return;
    const parts = (waiting + value).split("\n\n");
    waiting = parts.pop() ?? "";
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (name && data) yield { name, data: JSON.parse(data) as ServerEvent["data"] };
    }
  }
}
