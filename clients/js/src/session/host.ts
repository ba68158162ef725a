/**
 * Host: does what a machine asks for.  It shows, stores, sends, drops connections and keeps the time.
 *
 * Invariants: nothing is sent that was not to be stored before; and whatever could not be stored
 * is known to the machine.
 */

import type { ClaimedClient, ClientIds } from "../browser/client-ids.js";
import type { Socket } from "../browser/socket.js";
import type { SessionEvent } from "./events.js";
import { Machine } from "./machine.js";
import { SELF } from "./presence.js";
import type { Jitter } from "./timing.js";

/** What a host needs of the browser. */
export interface HostOptions {
  readonly name: string | null;
  readonly jitter: Jitter;
  readonly clientIds: ClientIds;
  socket(machine: Machine, settle: () => void): Socket;
}

export class Host {
  readonly #options: HostOptions;
  readonly #tell: (events: readonly SessionEvent[]) => void;
  readonly #settled: () => void;
  #machine: Machine;
  #client: ClaimedClient | null = null;
  #socket: Socket | null = null;
  #willSettle = false;
  #isRenaming = false;

  /**
   * @param tell is called with what there is to show and to tell
   * @param settled when all is done that the machine asked for
   */
  constructor(options: HostOptions, tell: (events: readonly SessionEvent[]) => void, settled: () => void) {
    this.#options = options;
    this.#tell = tell;
    this.#settled = settled;
    this.#machine = new Machine("", options.jitter);
  }

  /** Before `open`, one that knows nothing and says nothing. */
  get machine(): Machine {
    return this.#machine;
  }

  /** Begin, as this client. */
  open(client: ClaimedClient): void {
    if (this.#machine.ended) return client.release();
    const { jitter, name, socket } = this.#options;
    const [shown] = this.#machine.presences.get(SELF);
    this.#client = client;
    this.#machine = new Machine(client.id, jitter, { name, record: client.record, pings: true });
    if (shown) this.#machine.select(shown.selections, false, shown.data);
    this.#socket = socket(this.#machine, () => this.settle());
    this.#socket.start();
    this.settle();
  }

  /** Leave. What is unsent stays stored for the next tab, or is offered where nothing can be stored. */
  close(): void {
    this.#now();
    this.#store();
    this.#machine.end("left");
    this.settle();
  }

  /** Make room in a storage that is too full for what is offered: its record is out of date by then. */
  makeRoom(): void {
    this.#client?.perform({ type: "forget" });
  }

  /**
   * Tell the machine something that was done here.
   *
   * What follows is done once the editor has finished: it can't be changed in the middle of something.
   */
  tell(say: (machine: Machine) => void): void {
    this.#now();
    if (!this.#willSettle) {
      this.#willSettle = true;
      queueMicrotask(() => {
        this.#willSettle = false;
        this.settle();
      });
    }
    say(this.#machine);
  }

  /** Do what follows from all that the machine was told. */
  settle(): void {
    const machine = this.#machine;
    const socket = this.#socket;
    this.#now();
    this.#tell(machine.events());
    const messages = machine.outgoing();
    this.#tell(machine.events()); // what is too large to go out
    this.#store();
    for (const message of messages) socket?.send(message);
    if (machine.ended) {
      socket?.stop();
      this.#client?.release();
    } else if (machine.leaving === "client_taken") {
      void this.#rename();
    } else if (machine.leaving) {
      socket?.lose();
    }
    socket?.wakeAt(machine.deadline);
    this.#settled();
  }

  /** Come back under another client id. */
  async #rename(): Promise<void> {
    const before = this.#client;
    if (this.#isRenaming || !before) return;
    this.#isRenaming = true;
    this.#socket?.drop();
    const fresh = await this.#options.clientIds.fresh();
    this.#isRenaming = false;
    if (this.#machine.ended) return fresh.release();
    this.#socket?.lose();
    this.#client = fresh;
    this.#machine.rename(fresh.id);
    this.settle();
    // Not before all is stored anew: a tab can be killed at any moment.
    before.perform({ type: "forget" });
    before.release();
  }

  #now(): void {
    if (this.#socket) this.#machine.at(this.#socket.now);
  }

  #store(): void {
    const writes = this.#machine.writes();
    if (writes.length > 0) this.#machine.stored(writes.every((write) => this.#client?.perform(write) ?? false));
  }
}
