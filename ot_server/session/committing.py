"""`Committing`: commits a decision in the store, then takes it over, then tells the other nodes.

Invariant: the replica only takes over what the store has committed.
"""

from __future__ import annotations

from typing import Final

from ot_server.sequencer.base import Announcement, Sequencer
from ot_server.session.batch import Decision
from ot_server.session.replica import Replica
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Commit
from ot_server.telemetry.meters import Meters

__all__ = ["Committing"]

TIMES_BEATEN: Final = 2
"""How often in a row others must be faster before a node waits for its turn."""


class Committing:
    """Commits what was decided about one session."""

    def __init__(
        self,
        session_id: str,
        store: SessionStore,
        sequencer: Sequencer,
        meters: Meters,
    ) -> None:
        self._id = session_id
        self._store = store
        self._sequencer = sequencer
        self._meters = meters
        self._beaten = 0
        """How often others have been faster since this node last committed."""

    async def commit(self, replica: Replica, decision: Decision) -> bool:
        """Commit a decision and take it over, or return False if others were faster.

        Raises:
            StoreUnavailable, OutcomeUnknown: it may have been committed.
        """
        commit = Commit(
            session_id=self._id,
            epoch=replica.epoch,
            version=replica.version,
            operations=decision.lines,
            clients=list(decision.clients.values()),
        )
        outcome = "failed"
        try:
            outcome = "committed" if await self._store.commit(commit) else "conflict"
        finally:
            self._meters.tried(outcome, len(decision.answers))
        if outcome == "conflict":
            self._beaten += 1
            return False
        self._beaten = 0
        replica.adopt(
            decision.lines,
            decision.operations,
            decision.buffer,
            decision.size,
            decision.clients.values(),
        )
        return True

    async def wait_for_turn(self, replica: Replica) -> None:
        """Note that others were faster; if that happens again and again, take turns with them.

        Once is no reason: another node with an occasional edit has nothing more to commit, and
        would be waited for in vain.
        """
        if self._beaten < TIMES_BEATEN:
            return
        heads = await self._store.heads([self._id])
        if self._id in heads and heads[self._id][2] != replica.head:
            await self._sequencer.turn(self._id)

    async def announce(self, replica: Replica, decision: Decision, chain: bytes) -> None:
        """Tell the other nodes what was committed after this chain."""
        announcement = Announcement(self._id, replica.epoch, chain, decision.lines)
        await self._sequencer.announce(announcement)
