/**
 * What can go wrong in the engine, and whose fault it is.  Bad input raises nothing else.
 *
 *     OTError                          "ot_error"
 *     ├── InvalidOperation             "invalid_operation"            it is no operation, whatever the text
 *     ├── LengthMismatch               "length_mismatch"              it is one, but not for this text
 *     └── UnexpectedAcknowledgement    "unexpected_acknowledgement"   the server answers what was not asked
 */

export class OTError extends Error {
  /** Stable and meant for programs; `message` is meant for people. */
  readonly code: string = "ot_error";
}

export class InvalidOperation extends OTError {
  override readonly name = "InvalidOperation";
  override readonly code = "invalid_operation";
}

export class LengthMismatch extends OTError {
  override readonly name = "LengthMismatch";
  override readonly code = "length_mismatch";
}

export class UnexpectedAcknowledgement extends OTError {
  override readonly name = "UnexpectedAcknowledgement";
  override readonly code = "unexpected_acknowledgement";
}
