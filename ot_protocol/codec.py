"""Messages to JSON and back.  Reading raises only `Malformed`, whatever is read."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
from msgspec import UNSET

from ot_core import InvalidOperation, Operation, OTError
from ot_protocol.messages import (
    PRESENCE_DATA_BYTES,
    ClientMessage,
    FromClient,
    FromServer,
    Presence,
    ServerMessage,
)

__all__ = [
    "Malformed",
    "TooLarge",
    "decode_client",
    "decode_operation",
    "decode_server",
    "encode",
    "what_is_wrong",
]

_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()

T = TypeVar("T")

LONGEST_REASON: Final = 200
"""The longest description of what is wrong, in code points."""


class Malformed(Exception):
    """A frame is not a message of the protocol; the text says what is wrong with it."""


def encode(message: FromClient | FromServer) -> bytes:
    """Return a message as one text frame, in UTF-8."""
    return _encoder.encode(message)


def decode_client(frame: str | bytes) -> ClientMessage:
    """Read a message from a client, strictly.

    Raises:
        Malformed: the frame is not such a message.
    """
    message = _decode(_client, frame)
    if isinstance(message, Presence) and message.data is not UNSET:
        _require_data(message.data)
    return message


def decode_server(frame: str | bytes) -> ServerMessage:
    """Read a message from the server, ignoring unknown fields.

    Raises:
        Malformed: the frame is not such a message.
    """
    return _decode(_server, frame)


class TooLarge(OTError):
    """The operation, or the text that it would lead to, is over a limit."""

    code = "too_large"


def decode_operation(raw: bytes | msgspec.Raw, most_components: int | None = None) -> Operation:
    """Read the operation of an `Edit`.

    Raises:
        InvalidOperation: it is not an operation.
        TooLarge: it was sent with more than `most_components` components.
    """
    try:
        untrusted = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise InvalidOperation(what_is_wrong(error)) from None
    # Counted before anything walks over them: a frame has room for millions.
    count = len(untrusted) if isinstance(untrusted, list) else 0
    if most_components is not None and count > most_components:
        raise TooLarge(f"more than {most_components} components")
    return Operation.from_wire(untrusted)


def _require_data(data: msgspec.Raw) -> None:
    """Refuse what may not be shown beside selections: it is passed on as it is."""
    size = len(memoryview(data))
    if size > PRESENCE_DATA_BYTES:
        raise Malformed(f"data of {size} bytes, more than {PRESENCE_DATA_BYTES}")
    _decode(_any, data)


def _decode(decoder: msgspec.json.Decoder[T], frame: str | bytes | msgspec.Raw) -> T:
    try:
        return decoder.decode(frame)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Malformed(what_is_wrong(error)) from None


def what_is_wrong(error: Exception) -> str:
    """Say why JSON can't be read.  Only for its sender: it may quote them, so never log it.

    `error` is what decoding raised: a MsgspecError, a RecursionError or a UnicodeError.
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    # msgspec quotes the name of an unknown field, however long it is.
    reason = str(error)
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
