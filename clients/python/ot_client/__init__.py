"""A headless client: one shared text, edited at once, kept in step over the network.

::

    from ot_client import connect, create_room

    room = await create_room("http://127.0.0.1:8000", title="notes", name="Ada")
    async with connect(room.address, room.token) as session:
        session.insert(0, "hello")
        await session.synchronized()

Asyncio, for bots, tests and file sync; `ot_client.sync` is the same with nothing to await, for
scripts and notebooks.  Nothing here knows the server's code: it is
written against ``docs/protocol.md``.
"""

from ot_client.connect import Connecting, connect
from ot_client.errors import (
    ClientError,
    Forbidden,
    InvalidAddress,
    InvalidRequest,
    NoStorage,
    NotAuthenticated,
    NotEditable,
    NotFound,
    Refused,
    RequestFailed,
    SessionClosed,
    TooLarge,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from ot_client.events import (
    Cause,
    Changed,
    Complaint,
    DiagnosticsChanged,
    Event,
    ParticipantsChanged,
    PresenceChanged,
    SessionUpdated,
    StatusChanged,
    Unsaved,
)
from ot_client.login import Login, User
from ot_client.presence import Presence
from ot_client.rest import Joined, Room, Snapshot, create_room, fetch_text, join, sign_in
from ot_client.session import Session
from ot_client.status import State, Status
from ot_client.transport import Dial, Disconnected, Transport

__all__ = [
    "Cause",
    "Changed",
    "ClientError",
    "Complaint",
    "Connecting",
    "DiagnosticsChanged",
    "Dial",
    "Disconnected",
    "Event",
    "Forbidden",
    "InvalidAddress",
    "InvalidRequest",
    "Joined",
    "Login",
    "NoStorage",
    "NotAuthenticated",
    "NotEditable",
    "NotFound",
    "ParticipantsChanged",
    "Presence",
    "PresenceChanged",
    "Refused",
    "RequestFailed",
    "Room",
    "Session",
    "SessionClosed",
    "SessionUpdated",
    "Snapshot",
    "State",
    "Status",
    "StatusChanged",
    "TooLarge",
    "TooManyRequests",
    "Transport",
    "Unavailable",
    "Unreachable",
    "Unsaved",
    "User",
    "connect",
    "create_room",
    "fetch_text",
    "join",
    "sign_in",
]
