"""`Committing`: a decision becomes a fact of the store, then of this node, then of the others.

Invariant: the replica takes over only what the store has committed.
"""

from __future__ import annotations

import asyncio

from ot_server.sequencer.base import Announcement, Sequencer
from ot_server.session.batch import Decision
from ot_server.session.replica import Replica
from ot_server.settings import Settings
from ot_server.store.base import SessionStore
from ot_server.store.rows import Commit

__all__ = ["Committing"]


class Committing:
    """Commits what was decided about one session."""

    def __init__(
        self, session_id: str, store: SessionStore, sequencer: Sequencer, settings: Settings
    ) -> None:
        self._id = session_id
        self._store = store
        self._sequencer = sequencer
        self._settings = settings

    async def commit(self, replica: Replica, decision: Decision) -> bool:
        """Commit a decision and take it over; False, and nothing, where others were faster.

        Raises:
            StoreUnavailable, OutcomeUnknown, TimeoutError: it may have been committed.
        """
        commit = Commit(
            session_id=self._id,
            epoch=replica.epoch,
            version=replica.version,
            operations=decision.lines,
            clients=list(decision.clients.values()),
        )
        # Too long is an unknown outcome, like any other error from here.
        async with asyncio.timeout(self._settings.unavailable_seconds):
            if not await self._store.commit(commit):
                return False
        replica.adopt(
            decision.lines,
            decision.operations,
            decision.buffer,
            decision.size,
            decision.clients.values(),
        )
        return True

    async def wait_for_turn(self, replica: Replica) -> None:
        """Others were faster: where they type as well, take turns with them."""
        heads = await self._store.heads([self._id])
        if self._id in heads and heads[self._id][2] != replica.head:
            await self._sequencer.turn(self._id)

    async def announce(self, replica: Replica, decision: Decision, chain: bytes) -> None:
        """Tell the other nodes what was committed after this chain."""
        announcement = Announcement(self._id, replica.epoch, chain, decision.lines)
        await self._sequencer.announce(announcement)
