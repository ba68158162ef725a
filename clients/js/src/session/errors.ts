/** What an application can do wrong with a session.  What goes wrong in the engine is in engine/errors.ts. */

/** A viewer edits, or the session is not open (yet, or any more): the caller did not look at `editable`. */
export class NotEditable extends Error {
  override readonly name = "NotEditable";
}

/** Something typed will never be committed: it is offered by the session's `unsaved`, if it is text. */
export class Refused extends Error {
  override readonly name = "Refused";

  /** @param reason as that of `Unsaved` */
  constructor(readonly reason: string) {
    super(`not saved: ${reason}`);
  }
}

/** The text, or what is to be shown beside a caret, would be larger than the server takes; nothing has changed. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}
