"""Messages to JSON and back.  Whatever is read, nothing but `Malformed` is raised."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ot_core import InvalidOperation, Operation
from ot_protocol.messages import ClientMessage, FromClient, FromServer, ServerMessage

__all__ = ["Malformed", "decode_client", "decode_operation", "decode_server", "encode"]

_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()

T = TypeVar("T")


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
        raise InvalidOperation(_reason(error)) from None
    return Operation.from_wire(untrusted)


def _decode(decoder: msgspec.json.Decoder[T], frame: str | bytes) -> T:
    try:
        return decoder.decode(frame)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Malformed(_reason(error)) from None


def _reason(error: Exception) -> str:
    """What is wrong, for whoever sent it; it may quote them, so it belongs in no log."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    return str(error)
