/** What can go wrong with a call, in the words that people read. */

/** A call that failed; the message says what a person can do. */
export class CallFailed extends Error {
  constructor(
    /**
     * The server's code; `unreachable` if it did not answer, `cut_off` if its answer broke off, `signed_out` if there
     * was no token to call with.
     */
    readonly code: string,
    message: string,
    /** What the server tells programs besides the code. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export function unreachable(): CallFailed {
  return new CallFailed("unreachable", "Can’t reach the server. Check your connection and try again.");
}

export function cutOff(): CallFailed {
  return new CallFailed("cut_off", "The connection was lost. What was written so far is kept.");
}

export function signedOut(): CallFailed {
  return new CallFailed("signed_out", "You’re signed out. Sign in and try again.");
}

/** The failure for an HTTP error; `body` is its problem, or anything else. */
export function refusal(status: number, body: unknown): CallFailed {
  const members = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { code = "no_answer", detail } = members;
  return new CallFailed(String(code), WORDS[String(code)] ?? inWords(status, detail), members);
}

const WORDS: Readonly<Record<string, string>> = {
  // Accounts.
  wrong_credentials: "Wrong username or password.",
  wrong_password: "That’s not your current password.",
  username_taken: "This username is taken.",
  email_taken: "There’s already an account with this email address.",
  registration_off: "Sign-up is closed. Ask the server’s operator for an account.",
  invalid_token: "Your access has ended. Sign in again.",
  not_authenticated: "You need an account for this. Sign in and try again.",
  owns_sessions: "You’re the only owner of some sessions.",
  // Sessions.
  forbidden: "Your role in this session doesn’t allow this.",
  no_such_session: "This session doesn’t exist, or you don’t have access to it.",
  no_such_link: "This link is invalid or no longer works.",
  rooms_off: "You need an account to start a session on this server.",
  too_large: "This is larger than the server allows.",
  corrupt: "This session is damaged on the server and can only be read.",
  // Sharing.
  last_owner: "A session needs an owner. Make somebody else an owner first.",
  no_such_user: "No user has this name.",
  no_such_member: "This person is no longer a member.",
  no_such_participant: "This person is no longer here.",
  no_such_invite: "This invite has already been accepted or cancelled.",
  too_many_invites: "Too many invites are pending. Cancel some first.",
  too_many_links: "This session has too many links. Revoke some first.",
  private: "This session is private, so links don’t work.",
  // The assistant.
  locked: "Somebody else has locked this session. Try again in a moment.",
  assistant_not_configured: "This server has no assistant.",
  assistant_busy: "The assistant is already working in this session.",
  assistant_key_refused: "The assistant’s API key was rejected. Tell the server’s operator.",
  assistant_overloaded: "The assistant is overloaded. Try again in a minute.",
  assistant_timeout: "The assistant took too long.",
  assistant_failed: "The assistant’s answer can’t be used. Try again.",
  assistant_declined: "The assistant declined to answer this.",
  assistant_output_refused: "What the assistant wrote can’t be added to this text.",
  assistant_lock_lost: "The assistant lost its lock on the session and stopped.",
  assistant_stopped: "The assistant was stopped.",
  assistant_text_too_long: "This text is too long for the assistant.",
  assistant_tokens_spent: "The assistant has reached its daily limit.",
  lines_gone: "The lines to change have been deleted.",
};

function inWords(status: number, detail: unknown): string {
  if (status === 429) return "Too many requests. Wait a minute and try again.";
  if (status >= 500) return "The server can’t do this right now. Try again in a moment.";
  if (typeof detail !== "string" || !detail) return `The server refused this (status ${status}).`;
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}
