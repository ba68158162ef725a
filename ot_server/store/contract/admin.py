"""`AdminStore`: the part of a `Store` for the command line; serving sessions doesn't need it.

Methods that repair a session must only be called while nobody serves it: the caller holds the
lock file (see `ot_server.lock_file`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from ot_server.store.rows import (
    Block,
    ClientRow,
    CommittedOperation,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    VersionRow,
)

__all__ = ["AdminStore", "ListedSession", "SessionRows"]


class ListedSession(Struct, frozen=True):
    """A session, as listed for operators."""

    row: SessionRow
    info: SessionInfoRow
    owners: Sequence[str]
    """The names of its owners, in the order in which they joined."""


class SessionRows(Struct, frozen=True):
    """Everything of a session except its log, to carry it to another server; read at one moment.

    Links and invites are left out: a link is a secret, and an invite is for this server.
    """

    row: SessionRow
    info: SessionInfoRow
    participants: Sequence[ParticipantRow]
    """In the order in which they joined."""
    clients: Sequence[ClientRow]
    versions: Sequence[VersionRow]


class AdminStore(Protocol):
    """Whole sessions: to list, export, import, check and repair."""

    async def all_sessions(self) -> list[ListedSession]:
        """Return every session, last updated first."""

    async def session_rows(self, session_id: str) -> SessionRows | None:
        """Return a session without its log, or None if there is none."""

    async def restore_session(
        self, rows: SessionRows, operations: Iterable[CommittedOperation]
    ) -> bool:
        """Add an imported session, all at once; False if its id is in use."""

    async def log_end(self, session_id: str) -> int:
        """Return the last revision that has a line, or 0; if all is well, it is `head`."""

    async def snapshot_revisions(self, session_id: str) -> list[int]:
        """Return the revisions that have a snapshot, lowest first, readable or not."""

    async def delete_snapshots(self, session_id: str, revisions: Collection[int]) -> None:
        """Delete snapshots: the session can be replayed without them."""

    async def mend_blocks(self, session_id: str, blocks: Iterable[Block]) -> None:
        """Replace the blocks that lead to the same revisions by these."""

    async def mend_clients(self, session_id: str, clients: Iterable[ClientRow]) -> None:
        """Replace the rows of these clients."""

    async def cut_log(self, session_id: str, head: int, chain: bytes) -> None:
        """Cut the log after revision `head`, where it has this chain, and begin a new epoch.

        Snapshots, blocks and named revisions after it are deleted too, and edits that had been
        committed there count as refused: their clients keep them as unsaved.
        """

    async def bump_epoch(self, session_id: str) -> int | None:
        """Begin a new epoch, and return it; None if there is no such session."""
