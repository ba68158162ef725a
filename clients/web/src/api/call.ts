/** One call of the REST interface: from a method and a path to the answer, or a `CallFailed`. */

import type { TokenSource } from "ot-collab";
import { refusal, unreachable } from "./failures.js";

export { CallFailed } from "./failures.js";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: object;
  /** Who calls: a token, or a function that gives one. Only a function can give a fresh one when the first has expired. */
  readonly as?: TokenSource;
}

/**
 * @param path below `/api/v1`; parts that come from elsewhere must be encoded
 * @returns the answer, trusted to be what the server describes; null if it is empty
 * @throws CallFailed it failed
 */
export async function call<Answer = null>(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await open(method, path, options);
  const answer: unknown = await response.json().catch(() => null);
  if (answer !== null || response.status === 204) return answer as Answer;
  throw refusal(response.status, answer);
}

/**
 * The same for an answer that comes in pieces.
 *
 * @throws CallFailed it failed
 */
export async function open(method: Method, path: string, { body, as }: CallOptions): Promise<Response> {
  let response = await ask(method, path, body, await tokenOf(as, false));
  if (response.status === 401 && typeof as === "function") {
    response = await ask(method, path, body, await tokenOf(as, true));
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.json().catch(() => null));
}

async function tokenOf(as: TokenSource | undefined, fresh: boolean): Promise<string | undefined> {
  return typeof as === "function" ? as(fresh) : as;
}

async function ask(method: Method, path: string, body?: object, token?: string): Promise<Response> {
  const headers = {
    ...(body && { "Content-Type": "application/json" }),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  try {
    return await fetch(`/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  } catch {
    throw unreachable();
  }
}
