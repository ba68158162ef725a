/** What can go wrong with a call, in words for people. */

/** A call that did not work; the message says what a person can do. */
export class CallFailed extends Error {
  constructor(
    /**
     * The server's code; `unreachable` where it did not answer, `cut_off` where its answer has no end, `signed_out`
     * where there was no token to ask with.
     */
    readonly code: string,
    message: string,
    /** What the server tells programs beside the code. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export function unreachable(): CallFailed {
  return new CallFailed("unreachable", "The server can’t be reached. Check your connection, then try again.");
}

export function cutOff(): CallFailed {
  return new CallFailed("cut_off", "The connection was lost. What was written so far stays.");
}

export function signedOut(): CallFailed {
  return new CallFailed("signed_out", "You are signed out. Sign in, then try again.");
}

/** The failure that a refusal of the server is; `body` is its problem, or what else came. */
export function refusal(status: number, body: unknown): CallFailed {
  const members = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { code = "no_answer", detail } = members;
  return new CallFailed(String(code), WORDS[String(code)] ?? inWords(status, detail), members);
}

const WORDS: Readonly<Record<string, string>> = {
  // Accounts.
  wrong_credentials: "Name or password is wrong.",
  wrong_password: "This is not your current password.",
  username_taken: "Somebody else has this username: choose another one.",
  email_taken: "There is an account with this address already.",
  registration_off: "On this server accounts are made by whoever runs it: ask there for one.",
  invalid_token: "Your access has ended. Sign in again.",
  not_authenticated: "This needs an account. Sign in, then try again.",
  owns_sessions: "Nobody else owns some of your sessions.",
  // Sessions.
  forbidden: "Your role in this session doesn’t allow this.",
  no_such_session: "There is no such session, or you have no access to it.",
  no_such_link: "This link doesn’t lead to a session, or no longer.",
  rooms_off: "On this server sessions are started by people with an account.",
  too_large: "This is larger than this server takes.",
  corrupt: "This session is damaged on the server: it can only be read.",
  // Sharing.
  last_owner: "A session must keep an owner: make somebody else one first.",
  no_such_user: "Nobody here has this username.",
  no_such_member: "This person is no member any more.",
  no_such_participant: "This person is here no more.",
  no_such_invite: "This invite was taken up or cancelled already.",
  too_many_invites: "No more invites can wait at once: cancel some that nobody takes up.",
  too_many_links: "A session can’t have more links: revoke some that nobody uses.",
  private: "This session is private: links let nobody in.",
  // The assistant.
  locked: "Somebody else has locked this session for now. Try again in a moment.",
  assistant_not_configured: "This server has no assistant.",
  assistant_busy: "The assistant is at work in this session already.",
  assistant_key_refused: "The assistant does not know this server’s key: tell whoever runs it.",
  assistant_overloaded: "The assistant is asked too much now. Try again in a minute.",
  assistant_timeout: "The assistant took too long.",
  assistant_failed: "The assistant gave no answer that can be used. Try again.",
  assistant_declined: "The assistant declined to answer this.",
  assistant_output_refused: "What the assistant wrote can’t be part of this text.",
  assistant_lock_lost: "The assistant lost its hold of the session, and stopped.",
  assistant_stopped: "The assistant was stopped.",
  assistant_text_too_long: "This text is longer than the assistant reads.",
  assistant_tokens_spent: "The assistant has done as much as it may in a day.",
  lines_gone: "A line that was to be changed has been deleted.",
};

function inWords(status: number, detail: unknown): string {
  if (status === 429) return "That was too often. Wait a minute, then try again.";
  if (status >= 500) return "The server can’t do this right now. Try again in a moment.";
  if (typeof detail !== "string" || !detail) return `The server did not accept this (status ${status}).`;
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}
