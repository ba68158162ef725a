/**
 * The login that all tabs of this browser share: the user, and the refresh token.
 *
 * A refresh token can be used once; using it again ends the login. So only one tab at a time
 * exchanges it, and reads it only when its turn has come.
 */

import type { User } from "./api/account.js";
import { forget, onRememberedElsewhere, remember, remembered } from "./remembered.js";

export interface KeptLogin {
  readonly user: User;
  readonly refreshToken: string;
}

export function keptLogin(): KeptLogin | null {
  try {
    return JSON.parse(remembered("login") ?? "null") as KeptLogin | null;
  } catch {
    return null;
  }
}

export function keepLogin(login: KeptLogin | null): void {
  if (login) remember("login", JSON.stringify(login));
  else forget("login");
}

/** Call `listener` when another tab has signed in or out, or exchanged the refresh token. */
export function onLoginElsewhere(listener: () => void): void {
  onRememberedElsewhere("login", listener);
  // A page that was left and is now shown again, as it was, has missed this.
  addEventListener("pageshow", listener);
}

/**
 * Do something while no other tab does it.
 *
 * Pages that came over plain HTTP have no locks, and what one tab stores reaches the process of
 * another a moment later. So two tabs can still collide; the server allows a used refresh token
 * for a few seconds more.
 */
export function whileNoOtherTab<T>(work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request("ot-collab/login", work) : work();
}
