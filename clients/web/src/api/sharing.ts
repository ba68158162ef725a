/** The calls about who may do what in a session: members, invites, links, and removing people. */

import type { Role, TokenSource } from "ot-collab";
import { call } from "./call.js";
import { changeSession, queryString, readSession, sessionPathOf, type Paged, type Visibility } from "./sessions.js";

/** A user with a role. */
export interface Member {
  readonly user_id: string;
  readonly participant_id: string;
  readonly name: string;
  readonly role: Role;
}

/** A role for the person who signs up with an email address. */
export interface Invite {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
}

/** A share link: anybody who has it can join with its role. */
export interface Link {
  /** The last part of its address. */
  readonly link: string;
  readonly role: Role;
  /** RFC 3339; null is never. */
  readonly expires_at: string | null;
}

export interface Members {
  readonly members: readonly Member[];
  /** The pending ones; empty for callers who may not share the session. */
  readonly invites: readonly Invite[];
}

type MembersPage = Paged<Member> & { readonly invites: Invite[] };

/** The most members that the server lists at once. */
const PAGE = 200;

/** The sharing of one session, called by somebody in it. */
export class Sharing {
  readonly #session: string;
  readonly #path: string;
  readonly #as: TokenSource;

  constructor(session: string, as: TokenSource) {
    this.#session = session;
    this.#path = sessionPathOf(session);
    this.#as = as;
  }

  /** All members, in the order in which they joined. */
  async members(): Promise<Members> {
    const members: Member[] = [];
    for (let after: string | undefined; ; ) {
      const query = queryString({ limit: PAGE, after });
      const { items, next, invites } = await this.#call<MembersPage>("GET", `/members${query}`);
      members.push(...items);
      if (next === null) return { members, invites };
      after = next;
    }
  }

  /** @returns whether it is pending until somebody signs up with this address */
  async invite(usernameOrEmail: string, role: Role): Promise<boolean> {
    const body = { user: usernameOrEmail, role };
    const { invite_id } = await this.#call<{ invite_id: string | null }>("POST", "/invites", body);
    return invite_id !== null;
  }

  async cancelInvite(id: string): Promise<void> {
    await this.#call("DELETE", `/invites/${encodeURIComponent(id)}`);
  }

  async setRole(user: string, role: Role): Promise<void> {
    await this.#call("PUT", `/members/${encodeURIComponent(user)}`, { role });
  }

  /** Take away a member's role; with the caller's own id, leave. */
  async remove(user: string): Promise<void> {
    await this.#call("DELETE", `/members/${encodeURIComponent(user)}`);
  }

  /** Remove somebody, who may come back by a link. */
  async kick(participant: string): Promise<void> {
    await this.#call("DELETE", `/participants/${encodeURIComponent(participant)}`);
  }

  /** All links, the oldest first. */
  async links(): Promise<readonly Link[]> {
    return (await this.#call<{ items: Link[] }>("GET", "/links")).items;
  }

  /** @param expiresIn in seconds; null: it never expires */
  createLink(role: Role, expiresIn: number | null): Promise<Link> {
    return this.#call("POST", "/links", { role, expires_in: expiresIn });
  }

  /** Revoke a link: nobody can join by it, and those who came by it are put out. */
  async revoke(link: string): Promise<void> {
    await this.#call("DELETE", `/links/${encodeURIComponent(link)}`);
  }

  async visibility(): Promise<Visibility> {
    return (await readSession(this.#session, this.#as)).visibility;
  }

  /** `private` puts out everybody who came by a link. */
  async setVisibility(visibility: Visibility): Promise<void> {
    await changeSession(this.#session, { visibility }, this.#as);
  }

  #call<Answer>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<Answer> {
    return call(method, this.#path + path, { as: this.#as, ...(body && { body }) });
  }
}
