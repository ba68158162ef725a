/** `Player`: plays a conversation of `dialogue.json` with a machine, and says what came of it. */

import { OTError } from "../../src/engine/errors.js";
import { Operation } from "../../src/engine/operation.js";
import { Selection } from "../../src/engine/selection.js";
import type { Component } from "../../src/engine/components.js";
import { NotEditable, TooLarge } from "../../src/session/errors.js";
import type { Changed, SessionEvent } from "../../src/session/events.js";
import { Machine } from "../../src/session/machine.js";
import type { ServerMessage } from "../../src/session/messages.js";
import type { Presence } from "../../src/session/presence.js";
import { appended, fromJson, toJson, type WireRecord, type Write } from "../../src/session/record.js";

export type Step = Readonly<Record<string, unknown>>;

export interface Conversation {
  readonly rule?: string | readonly string[];
  readonly seed?: number;
  readonly title: string;
  readonly record?: WireRecord;
  readonly pings?: boolean;
  readonly steps: readonly Step[];
}

/** What the file says once for all of its conversations. */
export interface Setting {
  readonly client: string;
  readonly welcome: object;
}

/** What is compared after every step, with what it is where the step doesn't say. */
export const ALWAYS = { show: [], tell: [], leave: null, ended: null, raises: null };

/** A machine with the simplest host: a copy of the text, and a storage for one record. */
export class Player {
  readonly #case: Conversation;
  readonly #welcome: object;
  #client: string;
  #stored: WireRecord | null;
  #now = 0;
  #copy = "";
  #machine: Machine;

  constructor(conversation: Conversation, { client, welcome }: Setting) {
    this.#case = conversation;
    this.#client = client;
    this.#welcome = welcome;
    this.#stored = conversation.record ?? null;
    this.#machine = this.#begin();
  }

  /** Take a step, and return all that came of it; `say` only where the step asks for it. */
  take(step: Step): Record<string, unknown> {
    const raises = this.#tell(step);
    const machine = this.#machine;
    const show: unknown[] = [];
    const tell: unknown[] = [];
    for (const event of machine.events()) {
      if (event.type === "changed") show.push(this.#show(event));
      else tell.push(told(event));
    }
    const say = "say" in step && { say: machine.outgoing().map(bare) };
    for (const write of machine.writes()) {
      this.#stored = this.#written(write);
    }
    if (machine.text !== this.#copy) throw new Error(`the text is ${machine.text}, shown is ${this.#copy}`);
    return { show, tell, raises, ...say, ...this.#asked() };
  }

  /** What is stored after a write. */
  #written(write: Write): WireRecord | null {
    if (write.type === "forget") return null;
    const record = write.type === "keep" ? write.record : appended(fromJson(this.#stored!), write.operation);
    return JSON.parse(JSON.stringify(toJson(record))) as WireRecord;
  }

  #begin(): Machine {
    const record = this.#stored && fromJson(this.#stored);
    this.#copy = "";
    const machine = new Machine(this.#client, (_, most) => most, { record, pings: this.#case.pings ?? false });
    machine.at(this.#now);
    return machine;
  }

  #tell(step: Step): string | null {
    const machine = this.#machine;
    if (typeof step["at"] === "number") {
      this.#now = step["at"];
      machine.at(this.#now);
    } else if ("connected" in step) {
      machine.connected(step["connected"] as string | null);
    } else if ("hear" in step) {
      const message = step["hear"] as ServerMessage;
      machine.hear(message.type === "welcome" ? { ...this.#welcome, ...message } : message);
    } else if ("lost" in step) {
      machine.lost(step["lost"] as number);
    } else if ("edit" in step) {
      return this.#edit(step["edit"] as Component[]);
    } else if ("select" in step) {
      return this.#select(step);
    } else if ("stored" in step) {
      machine.stored(step["stored"] as boolean);
    } else if ("rename" in step) {
      this.#client = step["rename"] as string;
      this.#stored = null;
      machine.rename(this.#client);
    } else if ("end" in step) {
      machine.end(step["end"] as string);
    } else if (step["crash"] === true) {
      this.#machine = this.#begin();
    } else {
      throw new Error(`no step: ${JSON.stringify(step)}`);
    }
    return null;
  }

  #select({ select, typing, data }: Step): string | null {
    const selections = (select as [number, number][] | null)?.map(([anchor, head]) => new Selection(anchor, head)) ?? null;
    return raised(() => this.#machine.select(selections, typing === true, data));
  }

  #edit(components: Component[]): string | null {
    return raised(() => {
      const operation = new Operation(components);
      this.#machine.edit(operation);
      this.#copy = operation.apply(this.#copy);
    });
  }

  #show({ operation, by, cause }: Changed): unknown {
    this.#copy = operation.apply(this.#copy);
    if (cause === "reset") return { text: this.#copy, cause };
    return { op: operation.toWire(), ...(by !== null && { by }), ...(cause === "refused" && { cause }) };
  }

  #asked(): Record<string, unknown> {
    const { facts, status, presences, diagnostics, leaving, ended, text, deadline } = this.#machine;
    const shown = (one: Presence): object => bare({ ...one, selections: one.selections.map((at) => at.toWire()) });
    const others = [...presences.others()].map(([participant, presences]) => [participant, presences.map(shown)]);
    return {
      leave: leaving,
      ended: ended && ended.reason,
      text,
      status: status.state,
      reason: status.reason,
      safe: status.safe,
      deadline,
      facts: { ...facts.session, role: facts.role },
      participants: Object.fromEntries([...facts.participants.values()].map(({ id, name }) => [id, name])),
      others: Object.fromEntries(others) as unknown,
      diagnostics: diagnostics.all(),
      store: this.#stored,
      offers: [...this.#machine.offers().values()].map((one) => one.toWire()),
    };
  }
}

/** Do something, and return the code of the error with which it is refused. */
function raised(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof OTError) return error.code;
    if (error instanceof NotEditable) return "not_editable";
    if (error instanceof TooLarge) return "too_large";
    throw error;
  }
}

/** An event as the vectors write it. */
function told(event: Exclude<SessionEvent, Changed>): unknown {
  switch (event.type) {
    case "unsaved":
      return { unsaved: event.reason, text: event.text, op: event.operation.toWire() };
    case "complaint":
      return { complaint: event.code };
    default:
      return event.type;
  }
}

/** Leave out what is the same as not there. */
export function bare(message: object): object {
  const same = ([name, value]: [string, unknown]): boolean =>
    value === null || value === undefined || value === false || (name === "seq" && value === 0);
  return Object.fromEntries(Object.entries(message).filter((entry) => !same(entry)));
}
