"""`AdminStore`: what the command line asks of a database; a session that is served does without.

What mends a session supposes that nobody serves it meanwhile: the caller holds the lock
file (see `ot_server.lock_file`).
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
    """A session, as lists show it to those who run the server."""

    row: SessionRow
    info: SessionInfoRow
    owners: Sequence[str]
    """What they are called, in the order in which they came."""


class SessionRows(Struct, frozen=True):
    """Everything except its log that a session outlives its server by, read in one moment.

    Links and invites are not here: a link is a secret, and an invite is to this server.
    """

    row: SessionRow
    info: SessionInfoRow
    participants: Sequence[ParticipantRow]
    """In the order in which they came."""
    clients: Sequence[ClientRow]
    versions: Sequence[VersionRow]


class AdminStore(Protocol):
    """Whole sessions: to list, to carry elsewhere, to check and to mend."""

    async def all_sessions(self) -> list[ListedSession]:
        """Return every session, last updated first."""

    async def session_rows(self, session_id: str) -> SessionRows | None:
        """Return a session without its log, or None where there is none."""

    async def restore_session(
        self, rows: SessionRows, operations: Iterable[CommittedOperation]
    ) -> bool:
        """Add a session as it was elsewhere, all at once; False where its id is in use."""

    async def log_end(self, session_id: str) -> int:
        """Return the last revision that there is a line of, or 0; `head`, if all is well."""

    async def snapshot_revisions(self, session_id: str) -> list[int]:
        """Return the revisions whose text is kept, lowest first, readable or not."""

    async def delete_snapshots(self, session_id: str, revisions: Collection[int]) -> None:
        """Delete snapshots: the session is replayed without them."""

    async def mend_blocks(self, session_id: str, blocks: Iterable[Block]) -> None:
        """Put these in the place of the blocks that lead to the same revisions."""

    async def mend_clients(self, session_id: str, clients: Iterable[ClientRow]) -> None:
        """Put these rows in the place of what is kept of the clients."""

    async def cut_log(self, session_id: str, head: int, chain: bytes) -> None:
        """Let the log end at revision `head`, where it has this chain, in a new epoch.

        Snapshots, blocks and named versions after it go too, and edits that had been committed
        there count as refused: their clients keep them as unsaved.
        """

    async def bump_epoch(self, session_id: str) -> int | None:
        """Begin a new epoch, and return it; None where there is no session."""
