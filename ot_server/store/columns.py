"""The columns of each row in `ot_server.store.rows`: its fields, in their order.

So a statement that names its row selects the right columns.  Further columns of a table are named
where they are used.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ot_server.store import rows

__all__ = [
    "ASSISTANT_TASK",
    "CLIENT",
    "INFO",
    "INVITE",
    "LINK",
    "LOCK",
    "LOGIN",
    "PARTICIPANT",
    "RUN",
    "SESSION",
    "USER",
    "VERSION",
]


def _of(row: type[Struct], prefix: str = "") -> str:
    return ", ".join(prefix + field for field in row.__struct_fields__)


SESSION: Final = _of(rows.SessionRow)
LOCK: Final = _of(rows.LockRow, "lock_")
INFO: Final = _of(rows.SessionInfoRow)
CLIENT: Final = _of(rows.ClientRow)
PARTICIPANT: Final = _of(rows.ParticipantRow)
LINK: Final = _of(rows.LinkRow)
INVITE: Final = _of(rows.InviteRow)
VERSION: Final = _of(rows.VersionRow)
RUN: Final = _of(rows.RunRow)
USER: Final = _of(rows.UserRow)
LOGIN: Final = _of(rows.LoginRow)
ASSISTANT_TASK: Final = _of(rows.AssistantTask).removesuffix(", is_live")
