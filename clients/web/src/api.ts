/** The REST calls that lead into a session, and what can go wrong with them, in words for people. */

import type { Participant, Role, SessionInfo } from "ot-collab";

/** The way into a session that one has just made or joined. */
export interface Access {
  session: SessionInfo;
  token: string;
  participant: Participant;
}

/** A call that did not work; the message says what a person can do. */
export class CallFailed extends Error {
  constructor(
    /** The server's code; `unreachable` where it did not answer. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function createRoom(wishes: {
  title?: string;
  language: string;
  name: string;
}): Promise<Access & { link: string }> {
  return (await post("/api/v1/rooms", wishes)) as Access & { link: string };
}

/** @param token of an earlier time, to be the same participant again */
export async function join(link: string, name: string, token?: string): Promise<Access & { role: Role }> {
  const path = `/api/v1/join/${encodeURIComponent(link)}`;
  return (await post(path, { name }, token)) as Access & { role: Role };
}

async function post(path: string, body: object, token?: string): Promise<unknown> {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new CallFailed("unreachable", "The server can’t be reached. Check your connection, then try again.");
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const { code, detail } = { code: "no_answer", detail: "", ...(answer as { code?: string; detail?: string } | null) };
  throw new CallFailed(code, inWords(response.status, code, detail));
}

function inWords(status: number, code: string, detail: string): string {
  if (code === "no_such_link") return "This link doesn’t lead to a session, or no longer.";
  if (code === "rooms_off") return "On this server sessions are started by people with an account.";
  if (status === 429) return "That was too often. Wait a minute, then try again.";
  if (status >= 500) return "The server can’t do this right now. Try again in a moment.";
  return `The server did not accept this: ${detail || `status ${status}`}.`;
}
