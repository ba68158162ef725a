/** The calls about the user's own account; `account.ts` keeps the answers. */

import type { TokenSource } from "ot-collab";
import { call } from "./call.js";

/** A user, as only they themselves see it. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** RFC 3339. */
  readonly created_at: string;
}

export interface TokenPair {
  readonly access_token: string;
  /** Can be used once. */
  readonly refresh_token: string;
  /** How long the access token is valid, in seconds. */
  readonly expires_in: number;
}

export interface SignedIn extends TokenPair {
  readonly user: User;
}

export interface SessionTitle {
  readonly id: string;
  readonly title: string;
}

/** What happened when an account was deleted. */
export interface Left {
  readonly deleted_sessions: SessionTitle[];
  readonly kept_sessions: SessionTitle[];
}

export function register(registration: { username: string; email: string; password: string }): Promise<SignedIn> {
  return call("POST", "/auth/register", { body: registration });
}

/** @param username or the email address */
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

/** Changing the address needs the current password. */
export function changeUser(
  changes: { username?: string; email?: string; password?: string },
  as: TokenSource,
): Promise<User> {
  return call("PATCH", "/auth/me", { body: changes, as });
}

/** Ends all other logins. */
export function changePassword(old_password: string, new_password: string, as: TokenSource): Promise<TokenPair> {
  return call("POST", "/auth/password", { body: { old_password, new_password }, as });
}

/** @param delete_sessions whether to delete the sessions that nobody else owns */
export function deleteUser(password: string, delete_sessions: boolean, as: TokenSource): Promise<Left> {
  return call("DELETE", "/auth/me", { body: { password, delete_sessions }, as });
}
