"""`SessionStore`: the part of a `Store` for live sessions, above all their logs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    NewSession,
    ParticipantRow,
    Snapshot,
    Standing,
)

__all__ = ["LASTING_SNAPSHOTS", "RECENT_SNAPSHOTS", "SessionStore"]

RECENT_SNAPSHOTS: Final = 10
LASTING_SNAPSHOTS: Final = 2
"""See `SessionStore.save_snapshot`."""


class SessionStore(Protocol):
    """Texts and their logs, for live sessions."""

    async def create_session(self, new: NewSession) -> None:
        """Add a session with its first participant, link and operations."""

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        """Return the standing of a session, these participants and clients, read at one moment.

        A role that came with a share link only counts while the link works.
        """

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        """Return the newest snapshot, or the last one up to `revision`.

        If there is none, it is the empty text at 0.  A snapshot that can't be read is skipped.
        """

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[Block]:
        """Return the blocks between revisions `first` and `last`, in order.

        The result is limited like that of `operations`.
        """

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        """Return the log after revision `first` up to `last`, in order.

        It ends before its operations have more than `most_bytes` together, but has at least one.
        """

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        """Return the participant and the time of each of these revisions, at most 1,000."""

    async def commit(self, commit: Commit) -> bool:
        """Commit all of it if epoch and version are as believed, or nothing; return which."""

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        """Add a snapshot and the block that leads to it, unless they are there already.

        Old snapshots are thinned out: except for the newest `RECENT_SNAPSHOTS`, only every
        `LASTING_SNAPSHOTS`th is kept, so that every revision is near one.  All blocks are kept.
        """

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each of these sessions that exists."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; it belongs for good to the participant who claims it first."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None if there is none."""

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        """Return those of these logins that have not ended."""
