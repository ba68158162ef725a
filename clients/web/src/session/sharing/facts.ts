/** What is known about a session's sharing: fetched while somebody looks, again whenever it may have changed. */

import type { Session } from "ot-collab";
import { CallFailed } from "../../api/call.js";
import type { Visibility } from "../../api/sessions.js";
import type { Invite, Link, Member, Sharing } from "../../api/sharing.js";

/** How long people's coming and going may add up before the list is fetched again, in milliseconds. */
const GATHER = 500;

export class Facts {
  members: readonly Member[] = [];
  invites: readonly Invite[] = [];
  /** Null until it is known; the server tells it to owners only. */
  links: readonly Link[] | null = null;
  visibility: Visibility | null = null;
  /** Why nothing newer could be fetched, in words. */
  failure = "";
  readonly #session: Session;
  readonly #sharing: Sharing;
  readonly #changed: () => void;
  #watching = false;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #fetching: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;

  constructor(session: Session, sharing: Sharing, changed: () => void) {
    this.#session = session;
    this.#sharing = sharing;
    this.#changed = changed;
    session.on("participants", () => this.#soon());
    session.on("session", () => this.#soon());
  }

  /** Whether this person may change any of it. */
  get mayShare(): boolean {
    return this.#session.role === "owner";
  }

  /** Begin or stop to keep it fresh. */
  watch(watching: boolean): void {
    this.#watching = watching;
    if (watching) void this.refresh();
  }

  /** Fetch everything, as it is after this call. */
  refresh(): Promise<void> {
    this.#queued ??= this.#fetching.then(() => {
      this.#queued = null;
      this.#fetching = this.#fetch();
      return this.#fetching;
    });
    return this.#queued;
  }

  #soon(): void {
    this.#changed();
    if (!this.#watching) return;
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      if (this.#watching && this.#session.status.state !== "closed") void this.refresh();
    }, GATHER);
  }

  async #fetch(): Promise<void> {
    try {
      const [{ members, invites }, links, visibility] = await Promise.all([
        this.#sharing.members(),
        this.mayShare ? this.#sharing.links() : null,
        this.mayShare ? this.#sharing.visibility() : null,
      ]);
      Object.assign(this, { members, invites, links, visibility, failure: "" });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.failure = error.message;
    }
    this.#changed();
  }
}
