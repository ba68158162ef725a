/** What an application can do wrong with a session.  What goes wrong in the engine is in engine/errors.ts. */

/** A viewer edits, or the session is not open (yet, or any more): the caller did not look at `editable`. */
export class NotEditable extends Error {
  override readonly name = "NotEditable";
}
