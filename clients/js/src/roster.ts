/** Roster: what the session is called, who is in it, and what this client may do there. */

import type { Limits, Participant, Participants, Role, SessionChanged, SessionInfo, Welcome } from "./session/messages.js";

export class Roster {
  #self: string | null = null;
  #role: Role | null = null;
  #session: SessionInfo | null = null;
  #limits: Limits | null = null;
  #participants: ReadonlyMap<string, Participant> = new Map();

  /** One's own participant id. */
  get self(): string | null {
    return this.#self;
  }

  get role(): Role | null {
    return this.#role;
  }

  get session(): SessionInfo | null {
    return this.#session;
  }

  get limits(): Limits | null {
    return this.#limits;
  }

  /** By id; never changed in place. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  get mayEdit(): boolean {
    return this.#role === "owner" || this.#role === "editor";
  }

  /** Whether somebody else has the session to themselves for now. */
  get lockedByOther(): boolean {
    const lock = this.#session?.lock;
    return lock != null && lock.by !== this.#self;
  }

  welcomed({ participant, role, session, limits, participants }: Welcome): void {
    this.#self = participant;
    this.#role = role;
    this.#session = session;
    this.#limits = limits;
    this.#participants = new Map(participants.map((other) => [other.id, other]));
  }

  changed({ title, language, lock, run, runs, role }: SessionChanged): void {
    if (role !== undefined) this.#role = role;
    if (!this.#session) return;
    this.#session = {
      ...this.#session,
      ...(title !== undefined && { title }),
      ...(language !== undefined && { language }),
      ...(lock !== undefined && { lock }),
      ...(run !== undefined && { run }),
      ...(runs !== undefined && { runs }),
    };
  }

  moved({ joined = [], left = [], changed = [] }: Participants): void {
    const participants = new Map(this.#participants);
    for (const participant of [...joined, ...changed]) participants.set(participant.id, participant);
    for (const id of left) participants.delete(id);
    this.#participants = participants;
  }
}
