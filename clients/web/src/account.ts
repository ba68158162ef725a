/**
 * Who is signed in here, and the tokens that say so.
 *
 * Access tokens are only kept in memory, and are renewed before they expire. All tabs are signed
 * in as the same user: when one tab signs in or out, the others follow at once.
 */

import { refresh, signOut, type SignedIn, type TokenPair, type User } from "./api/account.js";
import { CallFailed, signedOut } from "./api/failures.js";
import { keepLogin, keptLogin, onLoginElsewhere, whileNoOtherTab } from "./kept-login.js";

interface Access {
  readonly token: string;
  /** When to get the next one, in milliseconds since 1970. */
  readonly renewAt: number;
}

/** How long before it expires a token is renewed, in milliseconds; at the latest half its life. */
const RENEW_BEFORE = 60_000;

class Account {
  #user = keptLogin()?.user ?? null;
  #access: Access | null = null;
  #renewal: Promise<string> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor() {
    onLoginElsewhere(() => this.#become(keptLogin()?.user ?? null));
  }

  /** Who is signed in. */
  get user(): User | null {
    return this.#user;
  }

  /** Call `listener` when somebody signs in or out, or their name or address changes. */
  on(_event: "changed", listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The user's access token; `fresh` asks for a new one.
   *
   * @throws CallFailed `signed_out`, or the reason why there is none
   */
  readonly token = async (fresh = false): Promise<string> => {
    if (!fresh && this.#access && Date.now() < this.#access.renewAt) return this.#access.token;
    this.#renewal ??= whileNoOtherTab(() => this.#renew()).finally(() => (this.#renewal = null));
    return this.#renewal;
  };

  signedIn({ user, ...pair }: SignedIn): void {
    keepLogin({ user, refreshToken: pair.refresh_token });
    this.#become(user, accessOf(pair));
  }

  /** Do work that ends all logins, and go on with the tokens that it returns. */
  async replaceTokens(work: (token: string) => Promise<TokenPair>): Promise<void> {
    const token = await this.token();
    await whileNoOtherTab(async () => {
      const pair = await work(token);
      const kept = keptLogin();
      if (!kept) return;
      keepLogin({ ...kept, refreshToken: pair.refresh_token });
      this.#become(kept.user, accessOf(pair));
    });
  }

  /** Take in the user's current name and address. */
  async renamed(user: User): Promise<void> {
    await whileNoOtherTab(async () => {
      const kept = keptLogin();
      if (kept?.user.id !== user.id) return;
      keepLogin({ ...kept, user });
      this.#become(user);
    });
  }

  /** Sign out, here at once and in all tabs; then the server ends the login. */
  async signOut(): Promise<void> {
    const kept = keptLogin();
    const access = this.#access;
    this.gone();
    if (!kept) return;
    const usable = access && Date.now() < access.renewAt;
    try {
      await signOut(usable ? access.token : (await refresh(kept.refreshToken)).access_token);
    } catch (error) {
      // Nobody has the refresh token any more, so the login can't be used and expires by itself.
      if (!(error instanceof CallFailed)) throw error;
    }
  }

  /** The login has ended. */
  gone(): void {
    keepLogin(null);
    this.#become(null);
  }

  async #renew(): Promise<string> {
    const kept = keptLogin();
    if (!kept) {
      this.#become(null);
      throw signedOut();
    }
    let pair: TokenPair;
    try {
      pair = await refresh(kept.refreshToken);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== "invalid_token") throw error;
      if (keptLogin()?.refreshToken === kept.refreshToken) this.gone();
      return this.#renew();
    }
    // If the user has signed out meanwhile, in any tab, they stay signed out.
    const now = keptLogin();
    if (now?.user.id !== kept.user.id) return this.#renew();
    if (now.refreshToken === kept.refreshToken) keepLogin({ ...now, refreshToken: pair.refresh_token });
    this.#become(now.user, accessOf(pair));
    return pair.access_token;
  }

  /** @param access the new token; without one, the same user keeps theirs */
  #become(user: User | null, access: Access | null = null): void {
    const before = this.#user;
    this.#user = user;
    this.#access = access ?? (user?.id === before?.id ? this.#access : null);
    if (JSON.stringify(user) === JSON.stringify(before)) return;
    for (const listener of this.#listeners) listener();
  }
}

function accessOf({ access_token, expires_in }: TokenPair): Access {
  const life = 1000 * expires_in;
  return { token: access_token, renewAt: Date.now() + life - Math.min(RENEW_BEFORE, life / 2) };
}

export const account = new Account();
