"""What connections are told when title, language, lock, runs or roles have changed, by whomever.

Nothing is decided here: a commit goes by the session's `version`, and has been refused
already where a connection is still to hear why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import UNSET, structs

from ot_protocol import CloseCode
from ot_protocol.messages import Lock, SessionChanged
from ot_server.session.connection import Connection
from ot_server.session.roster import Roster
from ot_server.store.rows import LockRow, SessionInfoRow, Standing
from ot_server.times import rfc3339

__all__ = ["tell_info", "tell_lock", "tell_roles", "wire_lock"]


def wire_lock(lock: LockRow | None) -> Lock | None:
    """Return a lock as clients know it."""
    return None if lock is None else Lock(lock.by, lock.reason, rfc3339(lock.until))


def tell_info(
    connections: Iterable[Connection], before: SessionInfoRow, now: SessionInfoRow
) -> None:
    """Tell everybody what the session is called now, and of runs that were shared in it."""
    changed = SessionChanged(
        title=now.title if now.title != before.title else UNSET,
        language=now.language if now.language != before.language else UNSET,
        run=now.run if now.run != before.run else UNSET,
        runs=now.runs if now.runs != before.runs else UNSET,
    )
    if changed == SessionChanged():
        return
    for connection in connections:
        connection.tell(changed)


def tell_lock(
    connections: Iterable[Connection], before: LockRow | None, now: LockRow | None
) -> None:
    """Tell everybody who may edit alone, and until when, or that nobody does any more."""
    if now == before:
        return
    changed = SessionChanged(lock=wire_lock(now))
    for connection in connections:
        connection.tell(changed)


def tell_roles(
    connections: Iterable[Connection], roster: Roster, standing: Standing, asked: Collection[str]
) -> None:
    """Tell those whose role has changed, and end the connections of those who have none.

    Who has come since the store was asked for the roles of `asked` is not judged.
    """
    for connection in connections:
        if connection.participant.id not in asked:
            continue
        role = standing.roles.get(connection.participant.id)
        if role is None:
            connection.end(CloseCode.FORBIDDEN, "you have no access to this session")
        elif role != connection.participant.role:
            connection.participant = structs.replace(connection.participant, role=role)
            connection.tell(SessionChanged(role=role))
            roster.enter(connection.participant, connection.client_id)
