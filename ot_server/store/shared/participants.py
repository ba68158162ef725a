"""Steps that several parts share: who takes part, and what a role is worth."""

from __future__ import annotations

from ot_server.errors import RoleLost
from ot_server.store.columns import PARTICIPANT
from ot_server.store.rows import Holder, ParticipantRow
from ot_server.store.shared.locks import lock_sessions
from ot_server.store.transactions import Statement, Transaction, change, one, row

__all__ = ["begin", "insert_participant", "move_version"]


def begin(session_id: str, by: Holder | None) -> Transaction[None]:
    """Lock a session, and check that `by` still holds the role that allowed the call.

    Raises:
        RoleLost: they don't.
    """
    yield from lock_sessions([session_id])
    if by is not None and (yield from held_role(by.participant)) != by.role:
        raise RoleLost(by.id)


def held_role(participant: ParticipantRow) -> Statement[str | None]:
    """Return the role that a participant holds."""
    return row(str, "SELECT role FROM held_roles WHERE participant_id = $1", participant.id)


def move_version(session_id: str) -> Statement[None]:
    """Change the session's version, so that no commit that began before goes through."""
    return change("UPDATE sessions SET version = version + 1 WHERE id = $1", session_id)


def insert_participant(participant: ParticipantRow) -> Transaction[ParticipantRow]:
    """Add a participant, or give a role to one who was there and has lost access.

    The session is locked, so nobody else comes in between.
    """
    there = yield from row(
        ParticipantRow,
        f"SELECT {PARTICIPANT} FROM participants"
        " WHERE session_id = $1 AND (id = $2 OR user_id = $3)",
        participant.session_id,
        participant.id,
        participant.user_id,
    )
    if there is not None:
        return (yield from _return(there, participant))
    added = yield from one(
        ParticipantRow,
        f"INSERT INTO participants ({PARTICIPANT})"
        " SELECT $2, $1, $3, $4, $5, count(*), $6, $7 FROM participants WHERE session_id = $1"
        f" RETURNING {PARTICIPANT}",
        participant.session_id,
        participant.id,
        participant.name,
        participant.kind,
        participant.given,
        participant.user_id,
        participant.link,
    )
    return added


def _return(there: ParticipantRow, again: ParticipantRow) -> Transaction[ParticipantRow]:
    if (yield from held_role(there)) is not None:
        return there
    yield from move_version(there.session_id)
    return (
        yield from one(
            ParticipantRow,
            f"UPDATE participants SET given = $2, link = $3 WHERE id = $1 RETURNING {PARTICIPANT}",
            there.id,
            again.given,
            again.link,
        )
    )
