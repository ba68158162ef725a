/**
 * Every message of wire protocol 1, as JSON, and nothing else; docs/protocol.md explains them.
 *
 * Offsets are Unicode code points, times RFC 3339 in UTC, chains lowercase hex.  What the
 * server says is read leniently: unknown types and fields are ignored.  The same messages
 * in Python are in `ot_protocol/messages.py`.
 */

import type { Component } from "../engine/components.js";

export const PROTOCOL = 1;
export const SUBPROTOCOL = "ot.v1";
/** The most selections that one message may hold. */
export const MAX_SELECTIONS = 64;
/** The most bytes of JSON that may be shown beside them. */
export const MAX_DATA_BYTES = 1024;

export type WireSelection = [anchor: number, head: number];
export type Role = "owner" | "editor" | "viewer";

// What a client says.

/** Who comes, and from where it goes on. */
export interface Hello {
  type: "hello";
  protocol: number;
  client: string;
  token?: string;
  name?: string;
  epoch?: number;
  revision?: number;
  chain?: string;
  /** The seq that was sent and not seen answered. */
  outstanding?: number;
  /** The highest that was used, or is spent. */
  seq?: number;
  /** Asks for the text besides the changes. */
  text?: boolean;
}

/** One operation on the text at `revision`; a resend repeats it to the letter. */
export interface Edit {
  type: "edit";
  seq: number;
  revision: number;
  op: Component[];
  /** In the text after the operation. */
  selections?: WireSelection[];
}

/** `data` is any JSON that is to be shown beside the selections. */
export interface OwnPresence { type: "presence"; revision: number; selections: WireSelection[]; typing: boolean; data?: unknown }

/** The CRC-32 of the text in UTF-8, to be compared at `revision`. */
export interface Verify { type: "verify"; revision: number; crc32: number }

/** A fresh token of the same participant. */
export interface Auth { type: "auth"; token: string }

export interface Ping { type: "ping" }

export type ClientMessage = Hello | Edit | OwnPresence | Verify | Auth | Ping;

// What the server says.

export interface Participant {
  id: string;
  name: string;
  color: string;
  role: Role;
  kind: "user" | "guest" | "assistant";
}

/** While it is held, nobody but `by` edits. */
export interface Lock { by: string; reason: string; until: string }

export interface SessionInfo {
  id: string;
  title: string;
  language: string;
  lock?: Lock | null;
  /** Whether its owners let code be run. */
  run: boolean;
  /** How many runs have been shared in it so far. */
  runs: number;
}

/** What the server takes: sizes in bytes, rates per second and connection. */
export interface Limits {
  frame_bytes: number;
  document_bytes: number;
  components: number;
  edits_per_second: number;
  edits_burst: number;
  presence_per_second: number;
  ping_seconds: number;
  /** Whether code may be run at all. */
  run: boolean;
  /** What is kept of a shared run's input and output. */
  run_bytes: number;
  /** Whether the server looks at Python code. */
  diagnostics: boolean;
}

/** An operation, with its author where it has one; or the client's own, by its seq. */
export interface WireChange { op?: Component[] | null; by?: string | null; ack?: number | null }

/** The answer to hello: a text to start from, or the changes that were missed, or both. */
export interface Welcome {
  type: "welcome";
  protocol: number;
  client: string;
  /** What this client is called in `who`. */
  connection: string;
  participant: string;
  role: Role;
  session: SessionInfo;
  participants: Participant[];
  limits: Limits;
  last_seq: number;
  epoch: number;
  chain: string;
  text?: string;
  revision?: number;
  /** Why resuming failed. */
  reset?: string;
  from?: number;
  to?: number;
  changes?: WireChange[];
  /** The presence of all who show any, in the text that this leads to. */
  who?: Who | null;
}

/** The log from one revision to another, as this client sees it. */
export interface Update { type: "update"; from: number; to: number; chain: string; changes: WireChange[] }

/** What one connection shows. */
export interface WirePresence { connection: string; selections: WireSelection[]; typing?: boolean; data?: unknown }

/** All that each of these participants shows, by participant. */
export type Who = Record<string, WirePresence[]>;

/** The presence of the participants for whom it has changed. */
export interface Presences { type: "presence"; revision: number; who: Who }

export interface Participants { type: "participants"; joined?: Participant[]; left?: string[]; changed?: Participant[] }

/** What changed about the session, or about this client's part in it. */
export interface SessionChanged {
  type: "session";
  title?: string;
  language?: string;
  lock?: Lock | null;
  run?: boolean;
  runs?: number;
  role?: Role;
  expires?: string;
}

/** The operation with this seq will never commit. */
export interface Reject { type: "reject"; seq: number; code: string; message: string }

/** Start again from this text. */
export interface Reset {
  type: "reset";
  reason: string;
  epoch: number;
  revision: number;
  chain: string;
  text: string;
  /** Every seq up to this one is spent; 0 unless told. */
  last_seq?: number;
}

/** What is to stand in the place of a range. */
export interface Replacement { start: number; stop: number; text: string }

/** A way to mend what is wrong: its edits, in order, are made together. */
export interface Fix { message: string; edits: Replacement[] }

export type Severity = "error" | "warning" | "info";

/** One diagnostic, found by analysis. */
export interface Diagnostic {
  start: number;
  stop: number;
  severity: Severity;
  /** The rule that is broken, or `syntax`. */
  code: string;
  message: string;
  /** Where the rule is explained. */
  url?: string;
  fix?: Fix;
}

/** All diagnostics that are known, in the text at `revision`. */
export interface Diagnostics { type: "diagnostics"; revision: number; items: Diagnostic[] }

/** Something went wrong that is no decision about an operation. */
export interface ServerError { type: "error"; code: string; message: string; fatal?: boolean; seq?: number }

export interface Pong { type: "pong" }

export type ServerMessage =
  | Welcome
  | Update
  | Presences
  | Participants
  | SessionChanged
  | Reject
  | Reset
  | Diagnostics
  | ServerError
  | Pong;

/** All types that the server may say; others come from a later version. */
export const TYPES: ReadonlySet<string> = new Set<ServerMessage["type"]>([
  "welcome",
  "update",
  "presence",
  "participants",
  "session",
  "reject",
  "reset",
  "diagnostics",
  "error",
  "pong",
]);

// Close codes.

export const NORMAL = 1000;
/** What a browser reports when nobody said why a connection ended. */
export const ABNORMAL = 1006;
export const MALFORMED = 4400;
export const NOT_AUTHENTICATED = 4401;
export const TOO_FAST = 4429;
/** After these a client never comes back by itself; each with a word for it. */
export const FINAL: ReadonlyMap<number, string> = new Map([
  [1002, "not_websocket"],
  [1007, "not_utf8"],
  [1009, "too_big"],
  [MALFORMED, "malformed"],
  [4403, "forbidden"],
  [4404, "no_such_session"],
  [4409, "replaced"],
]);
