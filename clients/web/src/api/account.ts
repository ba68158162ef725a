/** The calls about one's account; `account.ts` keeps what they answer. */

import type { TokenSource } from "ot-collab";
import { call } from "./call.js";

/** Somebody with an account, as only that person sees it. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** RFC 3339. */
  readonly created_at: string;
}

export interface TokenPair {
  readonly access_token: string;
  /** Good once. */
  readonly refresh_token: string;
  /** How long the access token is good, in seconds. */
  readonly expires_in: number;
}

export interface SignedIn extends TokenPair {
  readonly user: User;
}

export interface SessionTitle {
  readonly id: string;
  readonly title: string;
}

/** What a deleted account has left behind. */
export interface Left {
  readonly deleted_sessions: SessionTitle[];
  readonly kept_sessions: SessionTitle[];
}

export function register(registration: { username: string; email: string; password: string }): Promise<SignedIn> {
  return call("POST", "/auth/register", { body: registration });
}

/** @param username or the e-mail address */
export function signIn(username: string, password: string): Promise<SignedIn> {
  return call("POST", "/auth/login", { body: { username, password } });
}

/** Exchange a refresh token for the next pair. */
export function refresh(refresh_token: string): Promise<TokenPair> {
  return call("POST", "/auth/refresh", { body: { refresh_token } });
}

export function signOut(as: TokenSource): Promise<null> {
  return call("POST", "/auth/logout", { as });
}

export function me(as: TokenSource): Promise<User> {
  return call("GET", "/auth/me", { as });
}

/** Another address takes the current password. */
export function changeUser(
  changes: { username?: string; email?: string; password?: string },
  as: TokenSource,
): Promise<User> {
  return call("PATCH", "/auth/me", { body: changes, as });
}

/** All other logins end. */
export function changePassword(old_password: string, new_password: string, as: TokenSource): Promise<TokenPair> {
  return call("POST", "/auth/password", { body: { old_password, new_password }, as });
}

/** @param delete_sessions whether the sessions that nobody else owns may go with the account */
export function deleteUser(password: string, delete_sessions: boolean, as: TokenSource): Promise<Left> {
  return call("DELETE", "/auth/me", { body: { password, delete_sessions }, as });
}
