"""The wire protocol between a client and the server, version 1: see ``docs/protocol.md``."""

from ot_protocol.close_codes import FINAL, CloseCode
from ot_protocol.codec import (
    Malformed,
    TooLarge,
    decode_client,
    decode_operation,
    decode_server,
    encode,
    what_is_wrong,
)
from ot_protocol.moving import move

__all__ = [
    "FINAL",
    "CloseCode",
    "Malformed",
    "TooLarge",
    "decode_client",
    "decode_operation",
    "decode_server",
    "encode",
    "move",
    "what_is_wrong",
]
