/**
 * View: the text that the user is shown, with all that lies in it, and what they are told.
 *
 * No I/O, no clock.  Invariants: a copy of the text that takes in each edit and each `Changed`
 * equals the replica's; and what leads out of the text that the user typed comes back as `Unsaved`.
 */

import { diff } from "../engine/diff.js";
import { Operation } from "../engine/operation.js";
import { Selection } from "../engine/selection.js";
import { transform } from "../engine/transform.js";
import { Diagnostics } from "./diagnostics.js";
import { TooLarge } from "./errors.js";
import type { Changed, SessionEvent } from "./events.js";
import { MAX_DATA_BYTES, type Diagnostic, type Who, type WirePresence, type WireSelection } from "./messages.js";
import { Offers } from "./offers.js";
import { clamped, Presences, SELF, type Presence } from "./presence.js";
import type { Place } from "./record.js";
import type { Replica } from "./replica.js";
import { Size } from "./size.js";

/** What one user sees of a session's text. */
export class View {
  readonly presences = new Presences();
  readonly diagnostics = new Diagnostics();
  readonly size = new Size();
  readonly offered = new Offers();
  /** How often this client has given up what was typed. */
  offers: number;
  #events: SessionEvent[] = [];

  constructor(
    readonly replica: Replica,
    public client: string,
  ) {
    this.offers = replica.stored?.offers ?? 0;
  }

  /**
   * Take in an edit of the text shown, and return whether it changes anything.
   *
   * @throws InvalidOperation the protocol can't carry it.
   * @throws LengthMismatch it was not made for the text shown.
   * @throws TooLarge the text would have more bytes than the server takes.
   */
  edit(operation: Operation): boolean {
    const { client } = this.replica;
    Operation.fromWire(operation.components);
    operation.requireBase(client.length);
    if (operation.isNoop) return false;
    this.size.require(operation, () => operation.apply(this.replica.text));
    client.edit(operation);
    this.#move(operation);
    return true;
  }

  /**
   * The user's carets are here in the text shown, with this beside them.
   *
   * null: the carets are where they are; undefined: what is beside them is what it is.
   *
   * @throws TooLarge more is to be shown beside them than the server takes.
   * @throws TypeError it can't be said as JSON.
   */
  select(selections: readonly Selection[] | null, data: unknown): void {
    const before = this.presences.get(SELF)[0];
    const mine: Presence = {
      connection: SELF,
      selections: selections ?? before?.selections ?? [],
      typing: false,
      data: data === undefined ? (before?.data ?? null) : copied(data),
    };
    this.presences.put(SELF, [mine], this.replica.client.length);
  }

  /** The text shown is changed by others, or by the server's word. */
  show(changes: readonly Changed[]): void {
    for (const change of changes) {
      this.size.change(change.operation);
      this.#move(change.operation);
      if (!change.operation.isNoop) this.tell(change);
    }
  }

  /** Nothing that is unconfirmed will ever be committed: offer it, out of the text. */
  giveUp(reason: string): void {
    const { unsaved, stored } = this.replica;
    this.show([this.replica.giveUp()]);
    this.offer(reason, unsaved, stored === null);
  }

  /** What is outstanding will never be committed: offer it, out of the text. */
  reject(reason: string): void {
    const { outstanding } = this.replica.client;
    if (!outstanding) return;
    this.show([this.replica.reject()]);
    this.offer(reason, outstanding);
  }

  /** Begin at a text of the server's, whatever there was: offer what was unconfirmed. */
  restart(reason: string, text: string, place: Place): void {
    const { unsaved, hasText, client } = this.replica;
    const before = client.text;
    this.show(this.replica.restart(text, place));
    this.size.start(text);
    if (hasText && reason === "lineage") this.#offerWhatIsGone(before, text);
    this.offer(reason, unsaved && hasText ? transform(diff(before, text), unsaved)[1] : unsaved, hasText);
  }

  /**
   * Give back what is not in the text any more: an operation on the confirmed text.
   *
   * @param isPlaced it is; otherwise on a text that is not known any more
   */
  offer(reason: string, unsaved: Operation | null, isPlaced = true): void {
    if (!unsaved) return;
    const past = isPlaced ? this.replica.unconfirmed : [];
    this.#tellUnsaved(
      reason,
      past.reduce((moved, operation) => transform(operation, moved)[1], unsaved),
      isPlaced,
    );
  }

  /** Give back what the editor made on the text shown, and which could not be taken. */
  refuse(reason: string, operation: Operation): void {
    this.#tellUnsaved(reason, operation, true);
  }

  #tellUnsaved(reason: string, operation: Operation, isPlaced: boolean): void {
    const text = operation.components.filter((part) => typeof part === "string").join("\n");
    const id = `${this.client}-${this.offers}`;
    if (isPlaced) this.offered.add(id, operation);
    this.tell({ type: "unsaved", id, reason, text, operation });
    this.offers++;
  }

  /** Offer what had been acknowledged, and is not in the text that was restored. */
  #offerWhatIsGone(before: string, text: string): void {
    const gone = diff(text, before);
    if (gone.components.some((part) => typeof part === "string")) this.offer("restored", gone);
  }

  /** These participants show this, in the confirmed text, and nothing else. */
  place(who: Who): void {
    const { unconfirmed, confirmedLength, client } = this.replica;
    const placed = ([anchor, head]: WireSelection): Selection =>
      unconfirmed.reduce((one, past) => one.transform(past), clamped(new Selection(anchor, head), confirmedLength));
    const shown = ({ connection, selections, typing, data }: WirePresence): Presence => ({
      connection,
      selections: selections.map(placed),
      typing: typing ?? false,
      data: data ?? null,
    });
    const changed = Object.entries(who).filter(([one, told]) => this.presences.put(one, told.map(shown), client.length));
    if (changed.length > 0) this.tell({ type: "presence", participants: changed.map(([one]) => one) });
  }

  /** These are all diagnostics, in the confirmed text. */
  diagnose(items: readonly Diagnostic[]): void {
    this.diagnostics.put(items, this.replica.unconfirmed);
    this.tell({ type: "diagnostics" });
  }

  /** Let the user know. */
  tell(event: SessionEvent): void {
    this.#events.push(event);
  }

  /** What there is to show and to tell, each once. */
  events(): SessionEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #move(operation: Operation): void {
    this.presences.move(operation);
    this.diagnostics.move(operation);
    this.offered.move(operation);
  }
}

/** What others will see of this value, which its owner may go on to change. */
function copied(data: unknown): unknown {
  const json = JSON.stringify(data) as string | undefined;
  // Half of a surrogate pair is escaped, and nothing else above U+001F.
  if (json === undefined || /(?<!\\)(\\\\)*\\ud[89a-f]/.test(json)) throw new TypeError("the data can't be said as JSON");
  const { length } = new TextEncoder().encode(json);
  if (length > MAX_DATA_BYTES) throw new TooLarge(`data of ${length} bytes, more than ${MAX_DATA_BYTES}`);
  return JSON.parse(json) as unknown;
}
