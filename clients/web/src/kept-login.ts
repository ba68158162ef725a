/**
 * The login that all tabs of this browser share: who is signed in, and what to get tokens with.
 *
 * A refresh token is good once, and one that comes again ends the login. So it is exchanged by
 * one tab at a time, which reads it after its turn has come: never one that it has read before.
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

/** Be told when another tab has signed in or out, or exchanged the refresh token. */
export function onLoginElsewhere(listener: () => void): void {
  onRememberedElsewhere("login", listener);
  // A page that was left, and is shown again as it was, has not heard of it.
  addEventListener("pageshow", listener);
}

/**
 * Do something while no other tab does.
 *
 * What one tab has kept reaches the process of another a moment later, and pages that came over
 * plain HTTP have no locks: then two can meet, in the few seconds that the server gives whoever
 * has lost an answer.
 */
export function whileNoOtherTab<T>(work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request("ot-collab/login", work) : work();
}
