"""`Sequencer`: how the nodes that serve one session tell each other the news.

It makes things faster and never decides anything.  What was committed is in the store before
it is announced here, and presence is said again and again: every message may be lost, doubled
or late without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from ot_protocol.messages import Participant
from ot_server.store.rows import CommittedOperation

__all__ = [
    "TAIL",
    "TAIL_BYTES",
    "TURN_SECONDS",
    "Announcement",
    "Changed",
    "Listener",
    "Message",
    "Sequencer",
    "StatedPresence",
    "Statement",
]

TAIL: Final = 256
"""At most this many operations of a session are kept."""
TAIL_BYTES: Final = 2**20
"""At most this many bytes of operations are kept."""
TURN_SECONDS: Final = 0.05
"""The longest that a node waits for its turn, or for the node that it passed the turn to.

Commits take a few milliseconds: a node that hears of none for this long waits for nobody.
"""


class Announcement(Struct, frozen=True, tag="announcement"):
    """These operations have been committed; there is at least one."""

    session_id: str
    epoch: int
    chain: bytes
    """The chain before the first operation."""
    operations: Sequence[CommittedOperation]


class Changed(Struct, frozen=True, tag="changed"):
    """The store may know more of a session than the listener does."""

    session_id: str


class StatedPresence(Struct, frozen=True):
    """What one connection shows, in the text at `revision`."""

    connection: str
    """Its name, which is the same on every node."""
    since: float
    """When it was welcomed, in seconds since 1970."""
    revision: int
    selections: Sequence[tuple[int, int]]
    typing: bool
    data: bytes | None
    """As JSON."""


class Statement(Struct, frozen=True, tag="statement"):
    """Who is connected to one node, and their presence."""

    session_id: str
    node: str
    epoch: int
    """The epoch of the revisions."""
    participants: Sequence[Participant] | None
    """All of them; None if they are the same as in the statement before."""
    presences: Mapping[str, Sequence[StatedPresence]]
    """By participant, all that is shown there by those for whom it has changed."""


Message = Announcement | Changed | Statement
Listener = Callable[[Message], None]


class Sequencer(Protocol):
    """Connects the nodes on which one session is live."""

    async def open(self) -> None:
        """Begin; the service behind it may be out of reach, now and later."""

    async def close(self) -> None:
        """Say and hear nothing any more."""

    @property
    def is_reached(self) -> bool:
        """Whether other nodes hear this one; if not, they ask the store."""

    @property
    def failures(self) -> int:
        """How often they could not be reached, counting each failed attempt."""

    async def announce(self, announcement: Announcement) -> None:
        """Tell every node, this one included, what was committed, and pass the turn on.

        If another node waited for the turn, this returns after that node has used it.
        Otherwise the node that has just committed would always be first again.
        """

    def tell(self, message: Changed | Statement) -> None:
        """Tell every node, this one included.  When this returns, it is on its way or lost."""

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        """Return what follows `revision` without a gap, or None: then read the store.

        It may end before the head.  Believe it only as far as the chain confirms it.
        """

    async def turn(self, session_id: str) -> None:
        """Wait for this node's turn to commit; a hint, never a lock."""

    def listen(self, session_id: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with what is said of a session, until the returned function is called.

        Where something may have been missed, it is called with a `Changed`.
        """
