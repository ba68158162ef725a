"""Messages to JSON and back.  Whatever is read, nothing but `Malformed` is raised."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from ot_core import InvalidOperation, Operation
from ot_protocol.messages import ClientMessage, FromClient, FromServer, ServerMessage

__all__ = [
    "Malformed",
    "decode_client",
    "decode_operation",
    "decode_server",
    "encode",
    "what_is_wrong",
]

_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()

T = TypeVar("T")

LONGEST_REASON: Final = 200
"""How much is said about what is wrong, in code points."""


class Malformed(Exception):
    """A frame is no message of the protocol; the text says what is wrong with it."""


def encode(message: FromClient | FromServer) -> bytes:
    """Return a message as the UTF-8 of one text frame."""
    return _encoder.encode(message)


def decode_client(frame: str | bytes) -> ClientMessage:
    """Read what a client says, strictly.

    Raises:
        Malformed: the frame is no such message.
    """
    return _decode(_client, frame)


def decode_server(frame: str | bytes) -> ServerMessage:
    """Read what the server says, ignoring fields that are not known.

    Raises:
        Malformed: the frame is no such message.
    """
    return _decode(_server, frame)


def decode_operation(raw: bytes | msgspec.Raw) -> Operation:
    """Read the operation of an `Edit`.

    Raises:
        InvalidOperation: it is none.
    """
    try:
        untrusted = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise InvalidOperation(what_is_wrong(error)) from None
    return Operation.from_wire(untrusted)


def _decode(decoder: msgspec.json.Decoder[T], frame: str | bytes) -> T:
    try:
        return decoder.decode(frame)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Malformed(what_is_wrong(error)) from None


def what_is_wrong(error: Exception) -> str:
    """Say why JSON can't be read, to whoever sent it: it may quote them, so it belongs in no log.

    `error` is what decoding raised: a MsgspecError, a RecursionError or a UnicodeError.
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    # The name of an unknown field is quoted, however long it is.
    reason = str(error)
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
