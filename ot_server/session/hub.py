"""`Hub`: the sessions that are live on this node, each loaded once, and dropped when idle."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from ot_protocol import CloseCode
from ot_server.codehelp.analyzer import Analyzer
from ot_server.errors import Evicted, StoreUnavailable
from ot_server.sequencer.base import Changed, Sequencer
from ot_server.session.actor import Actor
from ot_server.session.loading import load
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.telemetry.meters import Meters

__all__ = ["Hub"]

log = structlog.get_logger(__name__)

CLOSE_SPREAD_SECONDS: Final = 1.0
"""How long closing all connections takes when the node drains, so that they don't all return at
once."""


class Hub:
    """Session id to live session."""

    def __init__(
        self,
        store: SessionStore,
        sequencer: Sequencer,
        settings: Settings,
        meters: Meters | None = None,
        analyzer: Analyzer | None = None,
    ) -> None:
        """Without an analyzer, live sessions have no diagnostics."""
        self._store = store
        self._sequencer = sequencer
        self._settings = settings
        self.meters = meters or Meters()
        self._analyzer = analyzer
        self._actors: dict[str, asyncio.Task[Actor]] = {}
        self._hurry = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self.is_draining = False

    def start(self) -> None:
        """Begin to look after the live sessions."""
        self._keeper = asyncio.create_task(self._keep(), name="hub")

    @property
    def is_heard(self) -> bool:
        """Whether other nodes, if there are any, hear this one."""
        return self._sequencer.is_reached

    @property
    def failures(self) -> int:
        """How often it turned out that other nodes don't hear this one."""
        return self._sequencer.failures

    @property
    def sessions(self) -> int:
        """How many sessions are live here."""
        return len(self._live())

    @property
    def connections(self) -> int:
        """How many clients have been welcomed and not gone."""
        return sum(len(actor.connections) for actor in self._live())

    async def actor(self, session_id: str) -> Actor:
        """Return a live session; load it if it isn't live, only once even if many ask.

        Raises:
            NoSuchSession: there is none.
            Evicted: the node drains.
            StoreUnavailable: the store can't be read.
        """
        if self.is_draining:
            raise Evicted(session_id)
        task = self._actors.get(session_id)
        if task is not None and task.done() and (not _lives(task) or task.result().is_gone):
            task = None
        if task is None:
            task = asyncio.create_task(self._load(session_id))
            self._actors[session_id] = task
            task.add_done_callback(lambda task: self._loaded(session_id, task))
        # A caller that stops waiting doesn't stop the others.
        actor = await asyncio.shield(task)
        actor.touch()
        return actor

    def mark_stale(self, session_id: str) -> None:
        """Tell a session, if it is live here, that access to it has just changed.

        Other nodes are told too; those that don't hear it notice within `poll_seconds`.  No
        commit depends on that: it compares versions.
        """
        self._sequencer.tell(Changed(session_id))
        task = self._actors.get(session_id)
        if task is not None and task.done() and _lives(task):
            task.result().mark_stale()

    def mark_logins_stale(self) -> None:
        """End the connections here of a login that has just ended.

        Other nodes notice within `poll_seconds`.
        """
        self._hurry.set()

    async def close(self) -> None:
        """Finish the commits of all sessions, and close their connections over a while."""
        if self.is_draining:
            return
        self.is_draining = True
        if self._keeper is not None:
            self._keeper.cancel()
        if self._actors:  # including sessions that are being loaded, for which people wait
            await asyncio.wait(self._actors.values(), timeout=self._settings.drain_seconds)
        actors = self._live()
        await asyncio.gather(*(actor.close() for actor in actors))
        connections = [connection for actor in actors for connection in actor.connections.values()]
        for connection in connections:
            connection.end(CloseCode.GOING_AWAY, "the server restarts")
            await asyncio.sleep(CLOSE_SPREAD_SECONDS / len(connections))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await asyncio.gather(*(connection.closed() for connection in connections))

    @property
    def _poll_seconds(self) -> float:
        """How long to wait until the store is asked: less if nobody else tells of edits.

        Edits must then be seen within `poll_seconds`, and asking takes time too.
        """
        poll_seconds = self._settings.poll_seconds
        return poll_seconds if self._sequencer.is_reached else poll_seconds / 2

    async def _load(self, session_id: str) -> Actor:
        replica, corrupt = await load(self._store, session_id)
        self.meters.loads["opened"] += 1
        return Actor(
            replica,
            corrupt,
            self._store,
            self._sequencer,
            self._settings,
            self.meters,
            self._analyzer,
        )

    def _loaded(self, session_id: str, task: asyncio.Task[Actor]) -> None:
        if not _lives(task) and self._actors.get(session_id) is task:
            del self._actors[session_id]  # a failed load is tried again

    def _live(self) -> list[Actor]:
        return [task.result() for task in self._actors.values() if task.done() and _lives(task)]

    def _let_go(self, idle_seconds: float) -> list[Actor]:
        """Take out the sessions that have ended or that nobody needs."""
        leaving = [actor for actor in self._live() if actor.is_gone or actor.is_idle(idle_seconds)]
        for actor in leaving:
            del self._actors[actor.id]
        return leaving

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._hurry.wait()
            self._hurry.clear()
            for actor in self._live():
                actor.look_after()
            try:
                await self._look_after()
            except StoreUnavailable as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:
                # A bug.  Go on: nobody else looks after the live sessions.
                log.exception("hub_failed")

    async def _look_after(self) -> None:
        """Drop the sessions that nobody needs, and ask the store about the rest.

        This takes one query for all sessions, and one for the logins of all connections.
        """
        await self._end_logins()
        idle = self._settings.idle_seconds
        await asyncio.gather(*(actor.close() for actor in self._let_go(idle)))
        actors = {actor.id: actor for actor in self._live()}
        heads = await self._store.heads(actors)
        for session_id, actor in actors.items():
            if not actor.knows(heads.get(session_id)):
                self.meters.gaps += 1
                actor.mark_stale()

    async def _end_logins(self) -> None:
        """Close the connections of those who have signed out."""
        connections = [
            (connection, login_id)
            for actor in self._live()
            for connection in actor.connections.values()
            if (login_id := connection.visitor.login_id) is not None
        ]
        if not connections:
            return
        living = await self._store.living_logins({login_id for _, login_id in connections})
        for connection, login_id in connections:
            if login_id not in living and connection.visitor.login_id == login_id:
                connection.end(CloseCode.NOT_AUTHENTICATED, "you have signed out")


def _lives(task: asyncio.Task[Actor]) -> bool:
    return not task.cancelled() and task.exception() is None
