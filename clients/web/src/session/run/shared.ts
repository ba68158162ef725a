/** The shared runs of a session: the list is fetched when there are new ones, an output when somebody looks at it. */

import type { Session } from "ot-collab";
import { CallFailed } from "../../api/call.js";
import { listRuns, readRun, shareRun, type ListedRun, type NewRun, type SharedRun } from "../../api/runs.js";
import type { Entry } from "../../entry.js";
import type { Piece } from "../../run/protocol.js";

export class SharedRuns {
  /** The newest first. */
  list: readonly ListedRun[] = [];
  readonly #session: Session;
  readonly #entry: Entry;
  readonly #arrived: (news: readonly ListedRun[]) => void;
  /** How many runs had been shared when the list was fetched; null before that. */
  #known: number | null = null;
  #fetching = false;

  /** @param arrived called with what is new in the list, the newest first; nothing in the first list is new */
  constructor(session: Session, entry: Entry, arrived: (news: readonly ListedRun[]) => void) {
    this.#session = session;
    this.#entry = entry;
    this.#arrived = arrived;
    session.on("session", () => void this.#refresh());
  }

  /** @returns the run, or null if it is no longer kept or can't be fetched */
  async read(number: number): Promise<SharedRun | null> {
    try {
      return await readRun(this.#entry.session, number, this.#entry.token);
    } catch (error) {
      if (error instanceof CallFailed) return null;
      throw error;
    }
  }

  /**
   * Share a run with everybody.
   *
   * @throws CallFailed it failed
   */
  share(run: NewRun): Promise<ListedRun> {
    const most = this.#session.limits?.run_bytes ?? 0;
    const output = firstOf(run.output, most);
    const input = run.input.slice(0, most);
    const cut = run.cut || output.length < run.output.length || input.length < run.input.length;
    return shareRun(this.#entry.session, { ...run, input, output, cut }, this.#entry.token);
  }

  async #refresh(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      for (let wanted = this.#wanted; wanted !== this.#known; wanted = this.#wanted) {
        const before = this.list;
        const isFirst = this.#known === null;
        this.list = wanted === 0 ? [] : await listRuns(this.#entry.session, this.#entry.token);
        this.#known = wanted;
        const newest = before[0]?.number ?? 0;
        this.#arrived(isFirst ? [] : this.list.filter(({ number }) => number > newest));
      }
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error; // otherwise it is fetched with the next news
    } finally {
      this.#fetching = false;
    }
  }

  get #wanted(): number {
    return this.#session.info?.runs ?? 0;
  }
}

/** The first pieces, up to the limit of the server, in characters: each is at least one byte. */
function firstOf(pieces: readonly Piece[], most: number): Piece[] {
  const kept: Piece[] = [];
  let room = most;
  for (const { stream, text } of pieces) {
    if (room <= 0) break;
    kept.push({ stream, text: text.slice(0, room) });
    room -= text.length;
  }
  return kept;
}
