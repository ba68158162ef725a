"""An exported session becomes one of this server, with its history and its people.

The file may come from anybody.  People with an account of the same username here keep their
role; everybody else stays in the history by name, without access.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ot_protocol.codec import what_is_wrong
from ot_server.admin import Progress
from ot_server.admin.portable import PortableParticipant, PortableSession
from ot_server.errors import CallersFault, Corrupt
from ot_server.ids import new_id
from ot_server.log.past import beginning
from ot_server.store.contract import Store
from ot_server.store.contract.admin import SessionRows
from ot_server.store.rows import (
    ClientRow,
    CommittedOperation,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    UserRow,
    VersionRow,
    extend_chain,
)

__all__ = ["Imported", "Refused", "restore", "too_large"]


class Refused(CallersFault):
    """A file can't become a session; the text says why."""


class Imported(Struct, frozen=True):
    """The session that a file became."""

    session_id: str
    title: str
    revisions: int
    strangers: tuple[str, ...] = ()
    """The usernames of members who have no account here."""


async def restore(
    store: Store, content: bytes, owner: UserRow, most_bytes: int, progress: Progress
) -> Imported:
    """Add a session as it was when it was exported, under its own id, in a new epoch.

    Args:
        store: where the session is added.
        content: a `PortableSession`, which may come from anybody.
        owner: who will own it here.
        most_bytes: how long its text may be, in UTF-8.
        progress: called while the lines of its log are checked.

    Raises:
        Refused: it can't be done, and nothing has changed.
        StoreUnavailable, OutcomeUnknown: the store can't be written.
    """
    try:
        said = msgspec.json.decode(content, type=PortableSession)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Refused(f"it is damaged: {what_is_wrong(error)}") from None
    _require_consistent(said)
    log = _read_log(said, most_bytes, progress)
    participants, strangers = await _read_participants(store, said, owner)
    rows = SessionRows(
        # A new epoch: earlier clients know edits that were made after the export.
        row=SessionRow(said.id, said.epoch + 1, 1, said.head, bytes.fromhex(said.chain)),
        info=SessionInfoRow(
            said.id,
            said.title,
            said.language,
            said.created_at,
            said.updated_at,
            said.visibility,
            said.run,
        ),
        participants=participants,
        clients=[
            ClientRow(
                client.id,
                client.participant,
                client.last_seq,
                client.last_revision,
                client.refusal,
                bytes.fromhex(client.digest),
            )
            for client in said.clients
        ],
        versions=[
            VersionRow(
                version.id,
                said.id,
                version.name,
                version.revision,
                version.participant,
                version.created_at,
            )
            for version in said.versions
        ],
    )
    if not await store.restore_session(rows, log):
        raise Refused(f"session {said.id} is here already")
    return Imported(said.id, said.title, said.head, strangers)


def _require_consistent(said: PortableSession) -> None:
    """Check that the parts of a session name only what is in it.

    Raises:
        Refused: a part names something else.
    """
    ids = {participant.id for participant in said.participants}
    spoken_of = {
        *(line.participant for line in said.operations),
        *(client.participant for client in said.clients),
        *(version.participant for version in said.versions),
    }
    if len(ids) < len(said.participants) or not spoken_of <= ids:
        raise Refused("it is damaged: its participants are not those of its log")
    if len({client.id for client in said.clients}) < len(said.clients):
        raise Refused("it is damaged: a client is there twice")
    named = [version.revision for version in said.versions]
    committed = [client.last_revision or 0 for client in said.clients]
    if max([0, *named, *committed]) > said.head:
        raise Refused("it is damaged: it speaks of revisions after its head")


def _read_log(
    said: PortableSession, most_bytes: int, progress: Progress
) -> list[CommittedOperation]:
    """Return the log, whose lines must follow each other and lead to the chain that is named.

    Raises:
        Refused: they don't.
    """
    moment = beginning(said.id)
    log: list[CommittedOperation] = []
    try:
        for portable in said.operations:
            operation = bytes(portable.operation)
            line = CommittedOperation(
                portable.revision,
                portable.client,
                portable.seq,
                portable.participant,
                operation,
                extend_chain(moment.chain, operation),
                portable.committed_at,
            )
            moment.extend([line])
            log.append(line)
            progress(len(log), said.head)
    except Corrupt as error:
        raise Refused(f"its log is damaged: {error}") from None
    if (moment.revision, moment.chain.hex()) != (said.head, said.chain):
        raise Refused("its log is not the one that was exported: it was changed, or reformatted")
    if len(moment.text.text.encode()) > most_bytes:
        raise Refused(too_large(most_bytes))
    return log


async def _read_participants(
    store: Store, said: PortableSession, owner: UserRow
) -> tuple[list[ParticipantRow], tuple[str, ...]]:
    """Return everybody who took part, and the usernames of members who have no account here.

    Only those with an account keep a role; the new owner becomes an owner in any case.
    """
    rows: list[ParticipantRow] = []
    strangers: list[str] = []
    users: set[str] = set()
    for participant in said.participants:
        user = await _user_of(store, participant)
        role = participant.role
        if user is None or user.id in users:
            if participant.username is not None and role is not None:
                strangers.append(participant.username)
            user = role = None
        else:
            users.add(user.id)
            role = "owner" if user.id == owner.id else role
        rows.append(
            ParticipantRow(
                participant.id,
                said.id,
                participant.name,
                participant.kind,
                role,
                ordinal=len(rows),
                user_id=user.id if user else None,
            )
        )
    if owner.id not in users:
        newcomer = ParticipantRow(
            new_id(), said.id, owner.username, "user", "owner", len(rows), owner.id
        )
        rows.append(newcomer)
    return rows, tuple(strangers)


async def _user_of(store: Store, participant: PortableParticipant) -> UserRow | None:
    """Return the user of this server with the username that a participant had on the other."""
    name = participant.username
    user = await store.user_by_name(name) if name is not None else None
    # Never look for a username among addresses: the address may be somebody else's.
    return user if user and name and user.username.casefold() == name.casefold() else None


def too_large(most_bytes: int) -> str:
    """Say that a text is too large."""
    return f"its text has more than {most_bytes} bytes (OT_DOCUMENT_BYTES)"
