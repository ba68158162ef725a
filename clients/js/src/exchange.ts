/**
 * Exchange: what client and server say to each other about the text.
 *
 * It keeps the replica, the outbox and the stored record in step: an edit is stored before
 * it is sent, what is on its way is repeated to the letter, and what can never be sent is
 * offered to the person as text.  It knows no socket and no other kind of message.
 */

import type { ClaimedClient } from "./browser/client-ids.js";
import { stateOf, unsavedIn, type Client } from "./engine/client.js";
import { OTError } from "./engine/errors.js";
import type { Cause, Changed } from "./events.js";
import { excess } from "./limits.js";
import type { Edit, Hello, Limits, Reject, Reset, Update, Welcome, WireSelection } from "./session/messages.js";
import { Operation } from "./engine/operation.js";
import { Outbox } from "./outbox.js";
import { Replica, type Place, type Taken } from "./replica.js";
import type { Clock } from "./browser/clock.js";
import type { UnsavedTexts } from "./browser/unsaved.js";

export interface ExchangeOptions {
  clock: Clock;
  random: () => number;
  unsaved: UnsavedTexts;
  send: (edit: Edit) => void;
  ping: () => void;
  /** What is on its way is not answered, and nothing else comes either. */
  silent: () => void;
  show: (changes: readonly Changed[]) => void;
  /** One's own carets, to go along with an edit. */
  carets: () => WireSelection[];
  /** The paced moment to call `pump` has come. */
  due: () => void;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #outbox: Outbox;
  #claimed: ClaimedClient | null = null;
  #replica: Replica | null = null;
  /** How often this client has given up what it had typed. */
  #offers = 0;
  /** The text here has been found wrong: the next hello asks for another. */
  #diverged = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options);
  }

  /** Null until the server has told a text. */
  get client(): Client | null {
    return this.#replica?.client ?? null;
  }

  /** The text that the editor shows. */
  get text(): string {
    return this.#replica?.text ?? "";
  }

  get claimed(): ClaimedClient | null {
    return this.#claimed;
  }

  /** Speak as this client from now on, and go on with what is stored for it. */
  claim(claimed: ClaimedClient): void {
    const { stored } = claimed;
    this.#claimed = claimed;
    this.#offers = stored?.offers ?? 0;
    this.#outbox.restore(stored?.seq ?? 0, stored?.sent ?? null);
  }

  /** From where to go on. */
  hello(): Partial<Hello> {
    const stored = this.#claimed?.stored;
    const place = this.#replica?.place ?? stored;
    const { seq, sent } = this.#outbox;
    if (this.#diverged || !place) return { seq };
    const { epoch, revision, chain } = place;
    return {
      seq,
      epoch,
      revision,
      chain,
      ...(sent && { outstanding: sent.seq }),
      ...(!this.#replica && { text: true }),
    };
  }

  /** @throws OTError the welcome does not fit what is known here */
  welcome(welcome: Welcome): void {
    const { from, to, chain, changes, text, revision, epoch, last_seq, limits } = welcome;
    // A computer that lost its power may remember less than it sent.  Then what was on its
    // way is still known by its seq; what follows may be committed, or not: who can tell?
    const outdated = !this.#replica && last_seq > this.#outbox.seq;
    this.#outbox.welcomed(last_seq, limits.edits_per_second);
    if (changes && from !== undefined && to !== undefined) {
      this.#resume({ type: "update", from, to, chain, changes }, text);
      const { sent } = this.#outbox;
      if (sent && sent.seq <= last_seq) this.#refuse("refused");
      else if (outdated) this.#refuse("outdated");
    } else if (text !== undefined && revision !== undefined) {
      this.#startAgain(welcome.reset ?? "diverged", text, { epoch, revision, chain });
    } else {
      throw new OTError("a welcome without a text");
    }
    this.save();
    this.#outbox.resend();
  }

  /** @throws OTError the update does not follow */
  update(update: Update): void {
    if (this.#replica) this.#take(this.#replica.update(update, this.#outbox.sent?.seq ?? null));
  }

  /** @returns whether it was about what is on its way */
  reject({ seq, code }: Reject): boolean {
    if (seq !== this.#outbox.sent?.seq) return false;
    this.#refuse(code);
    return true;
  }

  reset({ reason, text, last_seq = 0, ...place }: Reset): void {
    this.#startAgain(reason, text, place);
    this.#outbox.spend(last_seq);
  }

  /** The server could decide nothing about this seq. */
  unavailable(seq: number): void {
    if (seq === this.#outbox.sent?.seq) this.#outbox.postpone();
  }

  /** What the server said can't be followed: only a new text helps. */
  diverge(): void {
    this.#diverged = true;
  }

  /** Speak as another client: the server keeps this one's id for somebody else. */
  rename(claimed: ClaimedClient): void {
    const before = this.#claimed;
    const { sent } = this.#outbox;
    // What became of it under the old id can't be found out under the new one.
    if (sent) this.giveUp("client_taken");
    if (before?.stored) claimed.save({ ...before.stored, seq: 0, offers: 0 });
    this.claim(claimed);
    this.save();
    // Not before all is stored anew: a tab can be killed at any moment.
    before?.clear();
    before?.release();
  }

  /** Take back what is unconfirmed, here and in the storage, and offer it as text. */
  giveUp(reason: string): void {
    if (this.#replica) this.#refuse(reason);
    else this.#offer(reason, this.#unconfirmed);
  }

  /** @throws OTError the edit does not follow the text that the editor shows */
  edit(operation: Operation): void {
    this.#replica?.client.edit(operation);
  }

  /** Store what is unconfirmed, or that nothing is. */
  save(): void {
    if (!this.#replica || !this.#claimed) return;
    const { client, place } = this.#replica;
    const { outstanding, buffer } = client;
    const { seq, sent } = this.#outbox;
    const offers = this.#offers;
    if (outstanding) this.#claimed.save({ ...place, seq, sent, offers, outstanding, buffer });
    else this.#claimed.clear();
  }

  /**
   * Send what waits, if nothing is on its way and it is not too soon.
   *
   * @returns why it can't be sent at all, after it has been given up
   */
  pump(limits: Limits): string | null {
    const client = this.#replica?.client;
    if (!client?.outstanding || !this.#outbox.ready()) return null;
    const edit = this.#outbox.draft(client.revision, client.outstanding);
    const tooLarge = excess(edit, client, limits);
    if (tooLarge !== null) {
      this.#refuse("too_large");
      return tooLarge;
    }
    this.#outbox.freeze(edit);
    this.save();
    this.#outbox.transmit(edit, client.buffer ? null : this.#options.carets());
    return null;
  }

  /** The server said something, whatever it was. */
  heard(): void {
    this.#outbox.heard();
  }

  /** Nothing can be sent for now. */
  pause(): void {
    this.#outbox.pause();
  }

  #resume(update: Update, text: string | undefined): void {
    const stored = this.#claimed?.stored;
    if (this.#replica) {
      this.update(update);
    } else if (stored && text !== undefined) {
      const { replica, acknowledged } = Replica.resume(stored, text, update);
      if (acknowledged) this.#outbox.answered();
      this.#replace(replica);
    } else {
      throw new OTError("changes to a text that is not known here");
    }
  }

  #take({ operations, acknowledged }: Taken): void {
    if (acknowledged) this.#outbox.answered();
    this.save();
    this.#show(operations);
  }

  /** What is unconfirmed, here or by another tab that left it behind, as one operation. */
  get #unconfirmed(): Operation | null {
    if (this.#replica) return this.#replica.client.unsaved;
    const stored = this.#claimed?.stored;
    return stored ? unsavedIn(stateOf(stored.outstanding, stored.buffer)) : null;
  }

  /** What is unconfirmed will never be committed, or never be known to be: take it back. */
  #refuse(code: string): void {
    const client = this.#replica?.client;
    const unsaved = client?.unsaved;
    if (!client || !unsaved) return;
    const back = client.reject();
    this.#offer(code, unsaved);
    this.#show([back], "refused");
  }

  #startAgain(reason: string, text: string, place: Place): void {
    this.#offer(reason, this.#unconfirmed);
    this.#diverged = false;
    this.#replace(Replica.at(text, place));
  }

  /**
   * Keep as text what can't be sent, and let go of its record.
   *
   * A tab that is killed between the two leaves both: the tab that takes the record over gives
   * it up under the same id, since the record counts the offers before it.
   */
  #offer(reason: string, unsaved: Operation | null): void {
    this.#outbox.answered();
    const clear = (): void => this.#claimed?.clear();
    if (unsaved) this.#options.unsaved.add(`${this.#claimed?.id}-${this.#offers++}`, reason, unsaved, clear);
    clear();
  }

  #replace(replica: Replica): void {
    const operation = replica.succeed(this.#replica);
    this.#replica = replica;
    this.#show([operation], "reset");
  }

  #show(all: readonly Operation[], cause: Cause = "others"): void {
    const changes = all.filter(({ isNoop }) => !isNoop).map((operation) => ({ operation, cause }));
    if (changes.length > 0) this.#options.show(changes);
  }
}
