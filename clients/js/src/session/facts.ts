/**
 * Facts: who is in the session, what it is called and what may be done, as the server tells it.
 *
 * No I/O.  Invariant: what a message doesn't speak of stays as it was.
 */

import type { Limits, Participant, Participants, Role, SessionChanged, SessionInfo, Welcome } from "./messages.js";

/** The facts of the last `welcome`, kept up by the messages after it; null before there was one. */
export class Facts {
  /** One's own participant id. */
  participant: string | null = null;
  /** What this client is called in `who`. */
  connection: string | null = null;
  role: Role | null = null;
  session: SessionInfo | null = null;
  limits: Limits | null = null;
  /** All who are connected, by id; never changed in place. */
  participants: ReadonlyMap<string, Participant> = new Map();

  /** Take in a welcome, and return whether it tells anything new but who is here. */
  welcome({ participant, connection, role, session, limits, participants }: Welcome): boolean {
    const before = [this.session, this.role, this.limits];
    this.participant = participant;
    this.connection = connection;
    this.role = role;
    this.session = session;
    this.limits = limits;
    this.participants = new Map(participants.map((one) => [one.id, one]));
    return !same(before, [session, role, limits]);
  }

  /** Take in who came, went, or is called something else now. */
  participantsChanged({ joined = [], left = [], changed = [] }: Participants): void {
    const participants = new Map(this.participants);
    for (const one of [...joined, ...changed]) participants.set(one.id, one);
    for (const gone of left) participants.delete(gone);
    this.participants = participants;
  }

  /** Take in what is told of the session, and return whether anything is new. */
  sessionChanged({ title, language, lock, run, runs, role }: SessionChanged): boolean {
    const before = [this.session, this.role];
    this.role = role ?? this.role;
    this.session = this.session && {
      ...this.session,
      ...(title !== undefined && { title }),
      ...(language !== undefined && { language }),
      ...(lock !== undefined && { lock }),
      ...(run !== undefined && { run }),
      ...(runs !== undefined && { runs }),
    };
    return !same(before, [this.session, this.role]);
  }

  get mayEdit(): boolean {
    return this.role === "owner" || this.role === "editor";
  }

  /** Whether somebody else holds the session's lock. */
  get isLocked(): boolean {
    const lock = this.session?.lock;
    return lock != null && lock.by !== this.participant;
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
