"""`Actor`: one live session on this node, and the only writer of what the node holds of it.

Edits gather in the inbox while a commit is under way, so that load makes batches larger,
not queues longer.  Per turn: catch up with the store where it may know more, decide
about the batch, commit, and only then take over what was committed, wake the
connections and tell the other nodes.  What was not committed is tried again as it was
sent; what may have been committed is looked up in the store, which knows.

Head, text, version, roles and clients change in the actor's own task alone, a turn at a time.
Whatever else changes does so in a method of the actor, in the task that calls it: who is here and
where their carets are (`admit`, `enter`, `point`, `leave`, `hosting`), and how far back history
is held (`reach`).  Those never touch the head, and await nothing between a look and a change.
A connection's own position is moved by its writer.

Invariant: the replica, and so every frame, is something that the store has committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Final, assert_never

import structlog

from ot_protocol import CloseCode
from ot_protocol.messages import Participant, Presence
from ot_server.codehelp.analyzer import Analyzer
from ot_server.errors import Corrupt, Evicted, OutcomeUnknown, StoreUnavailable
from ot_server.sequencer.base import Announcement, Changed, Message, Sequencer, Statement
from ot_server.session.audience import Audience
from ot_server.session.batch import bring_near, decide, outcome_of
from ot_server.session.committing import Committing
from ot_server.session.connection import Connection
from ot_server.session.diagnostics import Search
from ot_server.session.feed import Feed, Heard
from ot_server.session.freshness import Freshness
from ot_server.session.inbox import Inbox
from ot_server.session.loading import load, reach
from ot_server.session.peers import Peers
from ot_server.session.replica import Replica
from ot_server.session.request import Request
from ot_server.session.roster import clamped
from ot_server.session.server_edits import ServerEdits
from ot_server.session.snapshots import Snapshots
from ot_server.session.upkeep import Trimming, Upkeep
from ot_server.settings import Settings
from ot_server.store.contract import SessionStore
from ot_server.store.rows import CommittedOperation
from ot_server.telemetry.meters import Meters

__all__ = ["Actor"]

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""How long the actor waits for a store that can't be reached, in seconds."""


class Actor:
    """One live session."""

    def __init__(
        self,
        replica: Replica,
        corrupt: Corrupt | None,
        store: SessionStore,
        sequencer: Sequencer,
        settings: Settings,
        meters: Meters,
        analyzer: Analyzer | None = None,
    ) -> None:
        self.id = replica.info.id
        self._audience = Audience(settings)
        self.feed = Feed(replica, self._audience.roster, meters)
        self.store = store
        self.settings = settings
        self._meters = meters
        self._committing = Committing(self.id, store, sequencer, meters)
        self._snapshots = Snapshots(self.id, store, settings, replica, meters)
        self._upkeep = Upkeep(
            self.feed,
            corrupt,
            self._audience,
            store,
            sequencer,
            look=self.mark_stale,
            restarted=self._forget_requests,
        )
        self._peers = Peers(self.feed, self._audience, sequencer)
        self.diagnostics = Search(self.feed, self._audience, analyzer)
        self._freshness = Freshness(self.id, store, replica.info.updated_at)
        self._inbox = Inbox(settings, self._give_up)
        self.server_edits = ServerEdits(self.id, store, self._submit_of)
        self._committed: list[Callable[[Replica, Sequence[CommittedOperation]], None]] = [
            self._audience.committed,
            self._snapshots.committed,
            Trimming(settings, self._audience, replica.head).committed,
        ]
        """Told of the lines that this node has just committed, now in the replica."""
        self._waiting: list[asyncio.Future[None]] = []
        self._stale = False
        self._gone = False
        self._closing = False
        self._wake = asyncio.Event()
        self.touch()
        self._stop_listening = sequencer.listen(self.id, self._hear)
        self._task = asyncio.create_task(self._run(), name=f"session {self.id}")

    @classmethod
    async def start(
        cls,
        session_id: str,
        store: SessionStore,
        sequencer: Sequencer,
        settings: Settings,
        meters: Meters,
        analyzer: Analyzer | None = None,
    ) -> Actor:
        """Load a session and bring it to life.

        Raises:
            NoSuchSession: there is none.
            StoreUnavailable: the store can't be read.
        """
        replica, corrupt = await load(store, session_id)
        meters.loads["opened"] += 1
        if corrupt is not None:
            meters.corrupt += 1
            log.error("session_corrupt", session=session_id, reason=str(corrupt))
        return cls(replica, corrupt, store, sequencer, settings, meters, analyzer)

    @property
    def replica(self) -> Replica:
        """What this node holds of the session."""
        return self.feed.replica

    @property
    def connections(self) -> dict[str, Connection]:
        """By client id."""
        return self._audience.connections

    @property
    def is_gone(self) -> bool:
        """Whether the session, or this actor, is no more."""
        return self._gone or self._closing

    def touch(self) -> None:
        """Somebody wants something of it."""
        self._used = asyncio.get_running_loop().time()

    def is_idle(self, seconds: float) -> bool:
        """Whether nobody has wanted anything of it for so long."""
        return (
            not (self._audience.clients or self._inbox or self._waiting)
            and not self._snapshots.is_busy
            and asyncio.get_running_loop().time() - self._used >= seconds
        )

    # What connections ask for.

    async def caught_up(self) -> None:
        """Return when the replica holds everything that was committed before the call.

        Raises:
            Evicted: the session is live no more: ask the hub again.
            StoreUnavailable: the store can't be read.
        """
        self.touch()
        if self.is_gone:
            raise Evicted(self.id)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._wake.set()
        try:
            async with asyncio.timeout(self.settings.unavailable_seconds):
                await future
        except TimeoutError:
            raise StoreUnavailable("the session has not caught up") from None

    def submit(self, request: Request) -> None:
        """Put an edit into the inbox; its answer goes to its client's connection."""
        self._inbox.add(request)
        self._wake.set()

    async def reach(self, revision: int) -> None:
        """Let the replica hold history back to `revision`.

        Raises:
            Corrupt: the log doesn't lead from there to what is held.
            StoreUnavailable: the store can't be read.
        """
        await reach(self.replica, self.store, self.id, revision)

    # Who is here, and where their carets are.

    def admit(self, connection: Connection, revision: int | None) -> None:
        """Take in a connection that is yet to be welcomed; history is kept back to `revision`.

        Raises:
            Full: there are too many of others.
            Replaced: this one has been held up, and the client has come back already.
        """
        if revision is not None:
            connection.hold(revision)
        self._audience.admit(connection)

    def enter(self, connection: Connection) -> tuple[list[Participant], Heard]:
        """Show a connection to the others; return who is here, and what is heard with that."""
        self._audience.enter(connection)
        roster = self._audience.roster
        return roster.everybody(), Heard(participants=roster.stamp)

    def point(self, connection: Connection, presence: Presence) -> None:
        """A client's carets have moved, in the text at a revision that is held."""
        length = self.replica.document.history.length_at(presence.revision)
        selections = clamped(presence.selections, length)
        self._audience.point(connection, presence.revision, selections, typing=presence.typing)

    def leave(self, connection: Connection) -> None:
        """A connection has ended."""
        self._audience.leave(connection)
        self.touch()

    def hosting(
        self, participant: Participant, client_id: str, asked_by: str
    ) -> AbstractContextManager[None]:
        """In this block a participant is here by a client that has no connection."""
        return self._audience.hosting(participant, client_id, asked_by)

    # What others know.

    def mark_stale(self) -> None:
        """The store may know more than this node."""
        self._stale = True
        self._wake.set()

    def look_after(self) -> None:
        """Called every second."""
        self._peers.look_after()

    def knows(self, standing: tuple[int, int, int] | None) -> bool:
        """Whether (epoch, version, head) is what this node has."""
        replica = self.replica
        return standing == (replica.epoch, replica.version, replica.head)

    async def close(self) -> None:
        """Commit what is in the inbox, as far as that takes no longer than the drain, and end."""
        self._closing = True
        self._wake.set()
        try:
            async with asyncio.timeout(self.settings.drain_seconds):
                await asyncio.shield(self._task)
        except TimeoutError:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._snapshots.close()
        await self.diagnostics.closed()
        await self._freshness.close()

    # The task.

    async def _run(self) -> None:
        try:
            await self._turns()
        except Exception:
            # A bug.  The store has all that was acknowledged: let the session be loaded afresh.
            log.exception("session_failed", session=self.id)
            self._end(CloseCode.INTERNAL_ERROR, "the session is loaded again")
        finally:
            self._peers.close()
            self.diagnostics.close()
            self._stop_listening()
            self._upkeep.close()
            self._inbox.close()
            self.server_edits.give_up_all()
            for future in self._waiting:
                if not future.done():
                    future.set_exception(Evicted(self.id))

    async def _turns(self) -> None:
        pause = FIRST_PAUSE
        while not (self._gone or (self._closing and not self._inbox)):
            await self._wake.wait()
            self._wake.clear()
            try:
                while not self._gone and (self._inbox or self._waiting or self._stale):
                    await self._turn()
                    pause = FIRST_PAUSE
            except (StoreUnavailable, OutcomeUnknown) as error:
                log.warning("store_unavailable", session=self.id, error=type(error).__name__)
                self._stale = True
                self._wake.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _turn(self) -> None:
        """Decide about one batch.

        Raises:
            StoreUnavailable, OutcomeUnknown: what is not decided is back in the inbox.
        """
        waiting, self._waiting = self._waiting, []
        clients = {request.client_id for request in self._inbox.take()}
        try:
            if self._stale or waiting or not clients <= self.replica.clients.keys():
                self._stale = False
                responsible = (request.responsible for request in self._inbox.deciding)
                participants = set[str]().union(*responsible)
                if not await self._upkeep.catch_up(participants, clients):
                    self._end(CloseCode.NO_SUCH_SESSION, "the session has been deleted")
                    return
                self._peers.catch_up()
            for future in waiting:
                if not future.done():
                    future.set_result(None)
            waiting = []
            if self._inbox.deciding:
                await self._decide(self._inbox.deciding.copy())
        finally:
            self._inbox.put_back()
            self._waiting += waiting

    async def _decide(self, batch: list[Request]) -> None:
        replica, begun = self.replica, asyncio.get_running_loop().time()
        if self._upkeep.corrupt is not None:
            for request in batch:
                self._tell_unavailable(request, "the session is damaged and read-only")
            self._inbox.decided()
            return
        for request in batch:
            if request.edit.seq <= replica.clients[request.client_id].last_seq:
                continue  # it has had its answer
            if replica.head - request.edit.revision <= self.settings.transform_lag:
                with suppress(Corrupt):  # `reach` has told; this one is too late then
                    await self.reach(request.edit.revision)
            await bring_near(replica.document.history, request, self.settings)
        decision = decide(replica, batch, self.settings, time.time())
        chain = replica.chain
        if decision.changes_anything and not await self._committing.commit(replica, decision):
            self.mark_stale()
            await self._committing.wait_for_turn(replica)
            return
        self._inbox.decided()
        now = asyncio.get_running_loop().time()
        for request, answer in decision.answers:
            self.server_edits.answer(request.client_id, answer)
            self._meters.answered(outcome_of(answer), request.received, begun, now)
        self._audience.tell_answers(decision)
        if decision.lines:
            for committed in self._committed:
                committed(replica, decision.lines)
            self._freshness.consider()
            await self._committing.announce(replica, decision, chain)

    # What goes wrong, and what changes elsewhere.

    def _hear(self, message: Message) -> None:
        """Another node, or this one, has something to say of this session."""
        match message:
            case Announcement():
                if message.operations[-1].revision > self.replica.head:
                    self.mark_stale()
            case Changed():
                self.mark_stale()
            case Statement():
                self._peers.hear(message)
            case _:
                assert_never(message)

    def _submit_of(self, epoch: int, request: Request) -> None:
        """Submit an edit that was made on a text of this epoch.

        Raises:
            Evicted: the session is not live here any more, or in another epoch.
            Corrupt: the log is damaged.
        """
        if self.is_gone or self.replica.epoch != epoch:
            raise Evicted(self.id)
        if self._upkeep.corrupt is not None:
            raise self._upkeep.corrupt
        self.submit(request)

    def _give_up(self, request: Request) -> None:
        self._tell_unavailable(request, "the store can't be reached")

    def _tell_unavailable(self, request: Request, message: str) -> None:
        self._meters.edits["unavailable"] += 1
        self.server_edits.give_up(request.client_id)
        self._audience.tell_unavailable(request, message)

    def _forget_requests(self) -> None:
        """They will never be decided here."""
        self._inbox.clear()
        self.server_edits.give_up_all()

    def _end(self, code: CloseCode, reason: str) -> None:
        self._gone = True
        self._forget_requests()
        self._audience.end(code, reason)
