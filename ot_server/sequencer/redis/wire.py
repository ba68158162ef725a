"""What is said over Redis, as bytes, and the names of its keys and channels.

A session's keys share a hash tag, the session's id, so that a script finds all of them on
one node of a Redis Cluster.  Every message on a channel begins with the ticket of the node
whose turn to commit it is now, or with nobody's ticket.
"""

from __future__ import annotations

import secrets
from importlib.resources import files
from typing import Final

import msgspec

from ot_server.sequencer.base import Message
from ot_server.store.rows import CommittedOperation

__all__ = [
    "NOBODY",
    "TICKET_BYTES",
    "Unreadable",
    "channel_of",
    "decode",
    "decode_line",
    "encode",
    "encode_line",
    "key",
    "new_ticket",
    "script",
    "session_of",
]

TICKET_BYTES: Final = 16
NOBODY: Final = bytes(TICKET_BYTES)
PREFIX: Final = "ot:"

Unreadable = msgspec.DecodeError
"""Bytes that come from another version of this program, or from another program."""

_message = msgspec.msgpack.Decoder(Message)
_line = msgspec.msgpack.Decoder(CommittedOperation)


def encode(message: Message) -> bytes:
    """Return a message as it is published, without the ticket."""
    return msgspec.msgpack.encode(message)


def decode(data: bytes) -> tuple[bytes, Message]:
    """Return whose turn it is, and the message.

    Raises:
        Unreadable: it is not a message of ours.
    """
    return data[:TICKET_BYTES], _message.decode(memoryview(data)[TICKET_BYTES:])


def encode_line(line: CommittedOperation) -> bytes:
    """Return a line of the log as it is kept in the tail."""
    return msgspec.msgpack.encode(line)


def decode_line(data: bytes) -> CommittedOperation:
    """Return a line of the tail.

    Raises:
        Unreadable: it is not a line of ours.
    """
    return _line.decode(data)


def new_ticket() -> bytes:
    """Return a ticket that nobody else has."""
    return secrets.token_bytes(TICKET_BYTES)


def channel_of(session_id: str) -> str:
    """Return the channel of a session."""
    return f"{PREFIX}{{{session_id}}}"


def session_of(channel: bytes) -> str:
    """Return the session of a channel."""
    return channel.decode()[len(PREFIX) + 1 : -1]


def key(session_id: str, part: str) -> str:
    """Return the key of one part of a session."""
    return f"{channel_of(session_id)}:{part}"


def script(name: str) -> str:
    """Return the source of a Lua script."""
    return (files(__package__) / f"{name}.lua").read_text()
