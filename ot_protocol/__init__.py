"""The wire protocol between a client and the server, version 1: see ``docs/protocol.md``."""

from ot_protocol.close_codes import FINAL, CloseCode
from ot_protocol.codec import (
    Malformed,
    decode_client,
    decode_operation,
    decode_server,
    encode,
    what_is_wrong,
)

__all__ = [
    "FINAL",
    "CloseCode",
    "Malformed",
    "decode_client",
    "decode_operation",
    "decode_server",
    "encode",
    "what_is_wrong",
]
