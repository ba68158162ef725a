"""`Upkeep`: keeps what this node holds of a session up to date with the store.

Others commit, change roles, lock the session, change its title, delete it, or restore another
lineage of it.  All of this is learnt here, from one `Standing` at a time, and told to the
connections.

Invariant: a corrupt session stays at its last sound line, and nothing is decided on it; who may
read it can still change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from ot_server.errors import Corrupt
from ot_server.sequencer.base import Sequencer
from ot_server.session.audience import Audience
from ot_server.session.feed import Feed
from ot_server.session.loading import catch_up, load
from ot_server.session.replica import Replica
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.store.rows import CommittedOperation, SessionRow, Standing

__all__ = ["Trimming", "Upkeep"]

log = structlog.get_logger(__name__)

PRESENCE_EVERY: Final = 256
"""After this many revisions everybody's presence is moved to the head."""


class Upkeep:
    """Keeps the replica of one session's feed up to date."""

    def __init__(
        self,
        feed: Feed,
        corrupt: Corrupt | None,
        audience: Audience,
        store: SessionStore,
        sequencer: Sequencer,
        *,
        look: Callable[[], None],
        restarted: Callable[[], None],
    ) -> None:
        """`look` is called when a role or the lock may have ended by itself.

        `restarted` is called when the store holds another lineage.
        """
        self.corrupt: Corrupt | None = None
        """What is wrong with the log, if anything."""
        self._feed = feed
        self._id = feed.replica.info.id
        if corrupt is not None:
            self._found(corrupt)
        self._audience = audience
        self._store = store
        self._sequencer = sequencer
        self._look = look
        self._restarted = restarted
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def _replica(self) -> Replica:
        return self._feed.replica

    async def catch_up(self, participants: set[str], clients: set[str]) -> bool:
        """Take over head, version, roles and clients from the store.

        The store is asked about these clients, and about everybody connected.  Returns False
        if the session was deleted.

        Raises:
            StoreUnavailable: the store can't be read.
        """
        participants = participants | self._audience.participants
        info, lock = self._replica.info, self._replica.lock
        standing = await self._standing(participants, clients)
        while standing is not None and self._is_outdated(standing.row):
            await self._start_again(standing)
            standing = await self._standing(participants, clients)
        if standing is None:
            return False
        before = self._replica.head, self._audience.roster.stamp, info.language
        if self.corrupt is None:
            try:
                await catch_up(self._replica, self._store, self._sequencer, standing)
            except Corrupt as error:
                self._found(error)
        if self.corrupt is not None:
            self._replica.believe(standing)
        self._audience.tell_news(info, lock, standing, participants)
        self._look_again(standing)
        now = self._replica.head, self._audience.roster.stamp, self._replica.info.language
        if now != before:
            self._audience.wake()
        return True

    def close(self) -> None:
        """Stop the timer."""
        self._silence()

    async def _standing(self, participants: set[str], clients: set[str]) -> Standing | None:
        clients = clients | self._audience.clients
        return await self._store.standing(self._id, participants, clients)

    def _found(self, corrupt: Corrupt) -> None:
        self.corrupt = corrupt
        self._feed.meters.corrupt += 1
        log.error("session_corrupt", session=self._id, reason=str(corrupt))

    def _look_again(self, standing: Standing) -> None:
        """Look again when the first role, or the lock, ends by itself."""
        self._silence()
        ends = [] if standing.until is None else [max(0.0, standing.until - time.time())]
        if standing.lock is not None:
            ends.append(standing.lock_seconds)
        if ends:
            self._alarm = asyncio.get_running_loop().call_later(min(ends), self._look)

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _is_outdated(self, row: SessionRow) -> bool:
        """Whether the store holds another lineage than this node."""
        if self.corrupt is not None:
            return row.epoch != self._replica.epoch
        return not self._replica.may_lead_to(row)

    async def _start_again(self, standing: Standing) -> None:
        """Take over the store's lineage: everybody starts again from its text."""
        replica, self.corrupt = await load(self._store, self._id)
        self._feed.meters.loads["restarted"] += 1
        log.warning("session_restarted", session=self._id, epoch=replica.epoch)
        replica.believe(standing)
        self._feed.replica = replica
        self._restarted()
        self._audience.reset("lineage")


class Trimming:
    """Keeps the history in memory short, but not shorter than a connection needs."""

    def __init__(self, settings: Settings, audience: Audience, head: int) -> None:
        self._settings = settings
        self._audience = audience
        self._moved_at = head

    def committed(self, replica: Replica, _lines: Iterable[CommittedOperation]) -> None:
        """Drop history that is too much, after the head has moved.

        Beyond four times the limit in bytes it waits for nobody: a client so far behind is reset.
        """
        settings, roster = self._settings, self._audience.roster
        if replica.head >= self._moved_at + PRESENCE_EVERY:
            roster.bring_forward(replica.document.history)
            self._moved_at = replica.head
        is_long = replica.head - replica.start >= 2 * settings.history_revisions
        is_large = replica.lines_size >= 2 * settings.history_bytes
        if not (is_long or is_large):
            return
        floor = max(
            replica.head - settings.history_revisions, replica.since_bytes(settings.history_bytes)
        )
        floor = self._audience.needed(floor)
        floor = max(floor, replica.head - settings.transform_lag, replica.start)
        if replica.lines_size >= 4 * settings.history_bytes:
            floor = max(floor, replica.since_bytes(2 * settings.history_bytes))
        roster.bring_forward(replica.document.history)
        replica.forget(floor)
