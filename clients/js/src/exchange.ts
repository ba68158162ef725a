/**
 * Exchange: what client and server say to each other about the text.
 *
 * It keeps the replica, the outbox and the stored record in step: an edit is stored before
 * it is sent, what is on its way is repeated to the letter, and what can never be sent is
 * offered to the person as text.  It knows no socket and no other kind of message.
 */

import type { ClaimedClient } from "./claims.js";
import { stateOf, unsavedIn, type Client } from "./client.js";
import { OTError } from "./errors.js";
import { excess } from "./limits.js";
import type { Edit, Hello, Limits, Reject, Reset, Update, Welcome, WireSelection } from "./messages.js";
import { Operation } from "./operation.js";
import { Outbox } from "./outbox.js";
import { Replica, type Place, type Taken } from "./replica.js";
import type { Clock } from "./timer.js";
import type { UnsavedTexts } from "./unsaved.js";

export interface ExchangeOptions {
  clock: Clock;
  random: () => number;
  unsaved: UnsavedTexts;
  send: (edit: Edit) => void;
  /** The editor has to apply these, in order. */
  show: (operations: Operation[]) => void;
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
    this.#claimed = claimed;
    this.#outbox.restore(claimed.stored?.seq ?? 0, claimed.stored?.sent ?? null);
  }

  /** From where to go on. */
  hello(): Partial<Hello> {
    const stored = this.#claimed?.stored;
    const place = this.#replica?.place ?? stored;
    if (this.#diverged || !place) return {};
    const { epoch, revision, chain } = place;
    const sent = this.#outbox.sent;
    return {
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
    this.#outbox.welcomed(last_seq, limits.edits_per_second);
    if (changes && from !== undefined && to !== undefined) {
      this.#resume({ type: "update", from, to, chain, changes }, text);
      const { sent } = this.#outbox;
      if (sent && sent.seq <= last_seq) this.#refuse("refused");
    } else if (text !== undefined && revision !== undefined) {
      this.#startAgain(welcome.reset ?? "diverged", text, { epoch, revision, chain });
    } else {
      throw new OTError("a welcome without a text");
    }
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

  reset({ reason, text, ...place }: Reset): void {
    this.#startAgain(reason, text, place);
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
    const stored = before?.stored;
    before?.clear();
    before?.release();
    if (stored && !this.#replica) claimed.save({ ...stored, seq: 0 });
    this.claim(claimed);
    this.save();
  }

  /** Take back what is unconfirmed, here and in the storage, and offer it as text. */
  giveUp(reason: string): void {
    if (this.#replica) this.#refuse(reason);
    else this.#offerStored(reason);
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
    if (outstanding) this.#claimed.save({ ...place, seq, sent, outstanding, buffer });
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
    const edit = this.#outbox.freeze(client.revision, client.outstanding);
    const tooLarge = excess(edit, client, limits);
    if (tooLarge !== null) {
      this.#refuse("too_large");
      return tooLarge;
    }
    this.save();
    this.#outbox.transmit(edit, client.buffer ? null : this.#options.carets());
    return null;
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
      this.save();
    } else {
      throw new OTError("changes to a text that is not known here");
    }
  }

  #take({ operations, acknowledged }: Taken): void {
    if (acknowledged) this.#outbox.answered();
    this.save();
    this.#show(operations);
  }

  /** The server will never commit what is on its way. */
  #refuse(code: string): void {
    const client = this.#replica?.client;
    const unsaved = client?.unsaved;
    if (!client || !unsaved) return;
    const back = client.reject();
    this.#outbox.answered();
    this.#options.unsaved.add(code, unsaved);
    this.save();
    this.#show([back]);
  }

  #startAgain(reason: string, text: string, place: Place): void {
    const unsaved = this.#replica?.client.unsaved;
    if (unsaved) this.#options.unsaved.add(reason, unsaved);
    else this.#offerStored(reason);
    this.#outbox.answered();
    this.#diverged = false;
    this.#replace(Replica.at(text, place));
    this.save();
  }

  /** Offer what another tab left behind, where it can't be sent. */
  #offerStored(reason: string): void {
    const stored = this.#claimed?.stored;
    const unsaved = stored && unsavedIn(stateOf(stored.outstanding, stored.buffer));
    if (unsaved) this.#options.unsaved.add(reason, unsaved);
    this.#claimed?.clear();
    this.#outbox.answered();
  }

  #replace(replica: Replica): void {
    const operation = replica.succeed(this.#replica);
    this.#replica = replica;
    this.#show([operation]);
  }

  #show(operations: readonly Operation[]): void {
    const changing = operations.filter((operation) => !operation.isNoop);
    if (changing.length > 0) this.#options.show(changing);
  }
}
