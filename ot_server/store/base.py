"""`Store`: what the server asks of a database, and what it may be told instead.

Every method is one transaction.  Nothing here crosses two sessions, but where a user
registers or leaves.  Every method may raise `StoreUnavailable`, those that write
`OutcomeUnknown` too: within the seconds that the store was made with it answers, or raises.
What takes longer is `StoreUnavailable` where it reads; what writes may still be done.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol

from msgspec import Struct

from ot_server.store.access import AccessStore
from ot_server.store.accounts import AccountStore
from ot_server.store.admin import AdminStore
from ot_server.store.assistant import AssistantStore
from ot_server.store.locking import LockStore
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
from ot_server.store.runs import RunStore

__all__ = [
    "LASTING_SNAPSHOTS",
    "PATIENT_SECONDS",
    "RECENT_SNAPSHOTS",
    "AccessStore",
    "AccountStore",
    "Condition",
    "RunStore",
    "SessionStore",
    "Store",
    "Use",
]

RECENT_SNAPSHOTS: Final = 10
LASTING_SNAPSHOTS: Final = 2
"""See `SessionStore.save_snapshot`."""


PATIENT_SECONDS: Final = 600.0
"""How long a call may take that touches the whole log of a session."""

Use = Literal["serve", "beside", "alone"]
"""What a process does with a store: serve it, something beside servers, or without any."""


class Condition(Struct, frozen=True):
    """How a store is set up, as whoever commits has it."""

    tables: int
    """Which migration its tables have come to."""
    is_writable: bool
    """Whether anything can be committed, as far as is known beforehand."""
    weaknesses: Sequence[str]
    """By which settings a loss of power can take what was acknowledged; none, if all is well."""


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

    async def touch(self, session_id: str, now: float) -> None:
        """Let a session have been updated `now`, or later if it was; its version stays."""

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each session that there is."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; whoever claims it first has it for good."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None where there is none."""

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        """Return those logins that have not ended."""


class Store(
    SessionStore,
    AccessStore,
    LockStore,
    AssistantStore,
    RunStore,
    AccountStore,
    AdminStore,
    Protocol,
):
    """All that is kept."""

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and let go."""

    async def condition(self) -> Condition:
        """Return how it is set up now; what can't be committed to may raise as a commit would."""
