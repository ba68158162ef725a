/** The browser client of OT Collab: the engine, the client machine, and the session. */

export type { Component } from "./engine/components.js";
export { codePointLength, Offsets, toWireText, type TextSource } from "./engine/codepoints.js";
export { InvalidOperation, LengthMismatch, OTError, UnexpectedAcknowledgement } from "./engine/errors.js";
export { NotEditable, Refused, TooLarge } from "./session/errors.js";
export { Operation } from "./engine/operation.js";
export { diff } from "./engine/diff.js";
export { transform, transformIndex } from "./engine/transform.js";
export { Selection } from "./engine/selection.js";
export { UndoManager } from "./engine/undo.js";
export { Client } from "./engine/client.js";
export {
  Acknowledgement,
  type AwaitingConfirm,
  type AwaitingWithBuffer,
  type Change,
  type Received,
  type State,
  type Synchronized,
} from "./engine/state.js";

export { connect } from "./browser/connect.js";
export type { Session } from "./session/session.js";
export type { SessionEvents } from "./session/session-events.js";
export type { Cause, Changed } from "./session/events.js";
export { browserStorage, type ConnectOptions } from "./browser/options.js";
export type { Network, TokenSource, Transport } from "./browser/socket.js";
export type { Locks } from "./browser/client-ids.js";
export type { Clock } from "./browser/clock.js";
export type { Presence } from "./session/presence.js";
export type { Status } from "./session/status.js";
export { unsavedSessions, unsentSessions, type KeptEdits, type KeyValueStorage, type Unsaved } from "./browser/storage.js";
export type { Diagnostic, Diagnostics, Fix, Limits, Lock, Participant, Replacement, Role, SessionInfo, Severity } from "./session/messages.js";
