"""`Sequencer`: how the nodes that serve one session tell each other what they should know.

It accelerates, it never decides: what was committed is in the store before it is said
here, who is where is said again and again, and every message may be lost, doubled or
late without harm.
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
    "Pointed",
    "Sequencer",
    "Statement",
]

TAIL: Final = 256
"""How many operations of a session are kept at most."""
TAIL_BYTES: Final = 2**20
"""How many bytes of operations, likewise."""
TURN_SECONDS: Final = 0.05
"""How long a node waits at most for its turn, or for the node that it has passed the turn to.

Commits take a few milliseconds: who has heard of none for so long has nobody to wait for.
"""


class Announcement(Struct, frozen=True, tag="announcement"):
    """These operations have been committed; there is at least one."""

    session_id: str
    epoch: int
    chain: bytes
    """Before the first of them."""
    operations: Sequence[CommittedOperation]


class Changed(Struct, frozen=True, tag="changed"):
    """The store may know more of a session than whoever hears this."""

    session_id: str


class Pointed(Struct, frozen=True):
    """Where a participant's carets are, in the text at `revision`."""

    revision: int
    selections: Sequence[tuple[int, int]]
    typing: bool


class Statement(Struct, frozen=True, tag="statement"):
    """Who is connected to one node, and where their carets are."""

    session_id: str
    node: str
    epoch: int
    """Of the revisions."""
    participants: Sequence[Participant] | None
    """All of them; None if they are those of the statement before."""
    carets: Mapping[str, Pointed | None]
    """Of those participants whose carets have moved; None where they have none any more."""


Message = Announcement | Changed | Statement
Listener = Callable[[Message], None]


class Sequencer(Protocol):
    """Connects the nodes that have one session live."""

    async def open(self) -> None:
        """Begin; what it needs may be out of reach, now and later."""

    async def close(self) -> None:
        """Say and hear nothing any more."""

    @property
    def is_reached(self) -> bool:
        """Whether other nodes hear this one; if not, they ask the store."""

    @property
    def failures(self) -> int:
        """How often they were found not to be reached, or not yet again."""

    async def announce(self, announcement: Announcement) -> None:
        """Tell every node, this one included, what was committed, and pass the turn on.

        If somebody has waited for it, it returns when he has had it: whoever has just
        committed would otherwise always be the first to do so again.
        """

    def tell(self, message: Changed | Statement) -> None:
        """Tell every node, this one included; it is on its way when this returns, or lost."""

    async def tail(
        self, session_id: str, epoch: int, revision: int
    ) -> list[CommittedOperation] | None:
        """Return what follows `revision` without a gap, or None: then read the store.

        It may end before the head, and is to be believed as far as the chain vouches for it.
        """

    async def turn(self, session_id: str) -> None:
        """Wait for this node's turn to commit; a hint, never a lock."""

    def listen(self, session_id: str, listener: Listener) -> Callable[[], None]:
        """Hear what is said of a session until the returned function is called.

        Where something may have been missed, a `Changed` is heard.
        """
