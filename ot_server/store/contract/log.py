"""`SessionStore`: what a live session asks for, its log above all."""

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
    """Texts and their logs: what a live session asks for."""

    async def create_session(self, new: NewSession) -> None:
        """Add a session with its first participant, link and operations."""

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        """Return how a session stands for these participants and clients, read in one moment.

        A role that came with a share link counts only while the link lets people in.
        """

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        """Return the newest snapshot, or that at `revision` or next before it.

        Where there is none it is the empty text at 0.  One that can't be read is passed over.
        """

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[Block]:
        """Return the blocks that lie between revisions `first` and `last`, in order.

        It ends as `operations` does.
        """

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        """Return the log after revision `first` up to `last`, in order.

        It ends where its operations would have more than `most_bytes` together, but not before
        there is one.
        """

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        """Return the participant and the time of each of these revisions, 1,000 at most."""

    async def commit(self, commit: Commit) -> bool:
        """Do all of it if epoch and version are as believed, else nothing; say which."""

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        """Keep a snapshot and the block that leads to it; what is there is left as it is.

        Snapshots are thinned by age: of all but the newest `RECENT_SNAPSHOTS` only each
        `LASTING_SNAPSHOTS`th stays, so that none of the past is far from one.  Blocks stay.
        """

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each session that there is."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; who claims it first has it for good."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None where there is none."""

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        """Return those logins that have not ended."""
