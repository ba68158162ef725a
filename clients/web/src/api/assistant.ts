/** The calls to one session's assistant: its proposals and its tasks. */

import type { TokenSource } from "ot-collab";
import { call, open, type Method } from "./call.js";
import { cutOff, refusal } from "./failures.js";
import { sessionPathOf } from "./sessions.js";

/** What the assistant was asked, and what came of it. */
export interface Task {
  readonly id: string;
  readonly kind: "debug" | "generate";
  readonly participant: { readonly id: string; readonly name: string; readonly color: string };
  readonly instruction: string;
  readonly state: "running" | "done" | "cancelled" | "failed" | "interrupted";
  /** The last revision that it wrote. */
  readonly last_revision: number | null;
  /** The revision that undid it. */
  readonly undone: number | null;
  /** RFC 3339. */
  readonly started_at: string;
}

/** A mistake found in the text at `revision`, and what to change; lines count from 1. */
export interface Proposal {
  readonly id: string;
  readonly source: "assistant" | "ruff";
  readonly first_line: number;
  readonly last_line: number;
  readonly severity: "error" | "warning" | "info";
  readonly category: "syntax" | "bug" | "performance" | "security";
  readonly explanation: string;
  /** The text to put in place of these lines: an empty one deletes them, null proposes no change. */
  readonly replacement: string | null;
  readonly revision: number;
  readonly applied: number | null;
}

export interface Tasks {
  /** Whether the server has an assistant. */
  readonly configured: boolean;
  readonly model: string | null;
  /** The newest first. */
  readonly items: readonly Task[];
}

export interface Wish {
  readonly instruction: string;
  /** In code points of the text at `revision`. */
  readonly selection: readonly [number, number];
  readonly revision: number;
  readonly lock: boolean;
}

/** One session's assistant, called by somebody in the session. */
export class Assistant {
  readonly #path: string;
  readonly #as: TokenSource;

  constructor(session: string, as: TokenSource) {
    this.#path = `${sessionPathOf(session)}/ai`;
    this.#as = as;
  }

  tasks(): Promise<Tasks> {
    return this.#call("GET", "");
  }

  async debug(): Promise<readonly Proposal[]> {
    return (await this.#call<{ items: Proposal[] }>("POST", "/debug", {})).items;
  }

  /** Apply a proposal. */
  async apply(proposal: string): Promise<void> {
    await this.#call("POST", `/proposals/${encodeURIComponent(proposal)}/apply`);
  }

  /**
   * Let it write; resolves when it has finished.
   *
   * @param told called with the number of characters written so far
   * @throws CallFailed it failed, or the connection broke: then it may still be working
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

  async stop(task: string): Promise<void> {
    await this.#call("DELETE", `/${encodeURIComponent(task)}`);
  }

  /** Undo what a task has written. */
  async undo(task: string): Promise<void> {
    await this.#call("POST", `/${encodeURIComponent(task)}/undo`);
  }

  #call<Answer>(method: Method, path: string, body?: object): Promise<Answer> {
    return call(method, this.#path + path, { as: this.#as, ...(body && { body }) });
  }
}

interface ServerEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Server-sent events as they come, until the answer ends or the connection breaks. */
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
