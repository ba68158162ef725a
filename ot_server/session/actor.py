"""`Actor`: the one task on this node that changes what it holds of one session.

Edits gather in the inbox while a commit is under way, so that load makes batches larger,
not queues longer.  Per turn: catch up with the store where it may know more, decide
about the batch, commit, and only then take over what was committed, wake the
connections and tell the other nodes.  What was not committed is tried again as it was
sent; what may have been committed is looked up in the store, which knows.

Invariant: the replica, and so every frame, is something that the store has committed.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog
from msgspec import Raw, json

from ot_core import Operation
from ot_protocol import CloseCode
from ot_protocol.messages import Edit, Error, Reject
from ot_server.sequencer.base import Announcement, Sequencer
from ot_server.session.batch import Decision, bring_near, decide
from ot_server.session.connection import Connection
from ot_server.session.errands import Errands
from ot_server.session.feed import Feed
from ot_server.session.freshness import Freshness
from ot_server.session.inbox import Inbox
from ot_server.session.loading import Evicted, catch_up, load, reach
from ot_server.session.news import tell_info, tell_roles
from ot_server.session.replica import Corrupt, Replica
from ot_server.session.request import Answer, Committed, Refused, Request, Trimmed
from ot_server.session.roster import Roster
from ot_server.session.snapshots import Snapshots
from ot_server.settings import Settings
from ot_server.store.base import OutcomeUnknown, SessionStore, StoreUnavailable
from ot_server.store.rows import Commit, SessionInfoRow, SessionRow, Standing

__all__ = ["Actor"]

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""How long the actor waits for a store that can't be reached, in seconds."""
CARETS_EVERY: Final = 256
"""After so many revisions everybody's carets are moved to the head."""


class Actor:
    """One live session."""

    def __init__(
        self,
        replica: Replica,
        corrupt: Corrupt | None,
        store: SessionStore,
        sequencer: Sequencer,
        settings: Settings,
    ) -> None:
        self.id = replica.info.id
        self.roster = Roster()
        self.feed = Feed(replica, self.roster)
        self.connections: dict[str, Connection] = {}
        """By client id."""
        self.store = store
        self.settings = settings
        self._sequencer = sequencer
        self._snapshots = Snapshots(self.id, store, settings, replica)
        self._corrupt = corrupt
        self._freshness = Freshness(self.id, store, replica.info.updated_at)
        self._inbox = Inbox(settings, self._give_up)
        self._errands = Errands()
        self._waiting: list[asyncio.Future[None]] = []
        self._stale = False
        self._alarm: asyncio.TimerHandle | None = None
        self._carets_at = replica.head
        self._gone = False
        self._closing = False
        self._wake = asyncio.Event()
        self.touch()
        self._stop_listening = sequencer.listen(self.id, self._hear)
        self._task = asyncio.create_task(self._run(), name=f"session {self.id}")

    @classmethod
    async def start(
        cls, session_id: str, store: SessionStore, sequencer: Sequencer, settings: Settings
    ) -> Actor:
        """Load a session and bring it to life.

        Raises:
            NoSuchSession: there is none.
            StoreUnavailable: the store can't be read.
        """
        replica, corrupt = await load(store, session_id)
        if corrupt is not None:
            log.error("session_corrupt", session=session_id, reason=str(corrupt))
        return cls(replica, corrupt, store, sequencer, settings)

    @property
    def replica(self) -> Replica:
        """What this node holds of the session."""
        return self.feed.replica

    @property
    def info(self) -> SessionInfoRow:
        """What the session is called."""
        return self.replica.info

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
            not (self.connections or self._inbox or self._waiting)
            and not self._snapshots.is_busy
            and asyncio.get_running_loop().time() - self._used >= seconds
        )

    # What connections ask for.

    async def caught_up(self) -> None:
        """Return when the replica holds everything that was committed before the call.

        Raises:
            Evicted: the session is live no more: ask the hub again.
        """
        self.touch()
        if self.is_gone:
            raise Evicted(self.id)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._wake.set()
        await future

    def submit(self, request: Request) -> None:
        """Put an edit into the inbox; its answer goes to its client's connection."""
        self._inbox.add(request)
        self._wake.set()

    async def edit(
        self, participant_id: str, operation: Operation, revision: int, epoch: int
    ) -> Answer:
        """Commit an edit of a participant, made on the text at `revision` of this epoch.

        It is decided like any other, so it may be refused, and what others commit meanwhile
        stays.  Whoever waits no longer doesn't take it back.

        Raises:
            Evicted: nothing was done, because the session is not live here any more, or has
                begun a new epoch: ask the hub again.
            Corrupt: nothing was done, because the log is damaged.
            OutcomeUnknown: it may have been committed, or may be yet.
            StoreUnavailable: nothing was done.
        """
        client_id = str(uuid4())
        async with asyncio.timeout(self.settings.unavailable_seconds):
            await self.store.claim_client(self.id, client_id, participant_id)
        if self.is_gone or self.replica.epoch != epoch:
            raise Evicted(self.id)
        if self._corrupt is not None:
            raise self._corrupt
        edit = Edit(1, revision, Raw(json.encode(operation.components)))
        now = asyncio.get_running_loop().time()
        with self._errands.waiting(client_id) as answer:
            self.submit(Request(client_id, participant_id, edit, self.replica.head, now))
            return await answer

    async def reach(self, revision: int) -> None:
        """Let the replica hold history back to `revision`.

        Raises:
            Corrupt: the log doesn't lead from there to what is held.
            StoreUnavailable: the store can't be read.
        """
        try:
            await reach(self.replica, self.store, self.id, revision)
        except Corrupt as error:
            log.error("history_corrupt", session=self.id, reason=str(error))
            raise

    def leave(self, connection: Connection) -> None:
        """A connection has ended."""
        if self.connections.get(connection.client_id) is connection:
            del self.connections[connection.client_id]
            self.roster.leave(connection.participant.id, connection.client_id)
        seen = min((other.stamp_seen for other in self.connections.values()), default=0)
        self.roster.forget_left(seen)
        self.touch()
        self.wake_connections()

    def wake_connections(self) -> None:
        """There is something new for everybody."""
        for connection in self.connections.values():
            connection.wake()

    def mark_stale(self) -> None:
        """The store may know more than this node."""
        self._stale = True
        self._wake.set()

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
            self._stop_listening()
            self._look_again(None)
            self._inbox.close()
            self._errands.give_up_all()
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
            except (StoreUnavailable, OutcomeUnknown, TimeoutError) as error:
                log.warning("store_unavailable", session=self.id, error=type(error).__name__)
                self._stale = True
                self._wake.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _turn(self) -> None:
        """Decide about one batch.

        Raises:
            StoreUnavailable, OutcomeUnknown, TimeoutError: what is not decided is
                back in the inbox.
        """
        waiting, self._waiting = self._waiting, []
        clients = {request.client_id for request in self._inbox.take()}
        try:
            if self._stale or waiting or not clients <= self.replica.clients.keys():
                self._stale = False
                await self._catch_up(clients)
            for future in waiting:
                if not future.done():
                    future.set_result(None)
            waiting = []
            if self._inbox.deciding:
                await self._decide(self._inbox.deciding.copy())
        finally:
            self._inbox.put_back()
            self._waiting += waiting

    async def _catch_up(self, clients: set[str]) -> None:
        """Take over what the store says of head, version, roles and clients."""
        participants = {
            *(connection.participant.id for connection in self.connections.values()),
            *(request.participant_id for request in self._inbox.deciding),
        }
        info = self.replica.info
        standing = await self._standing(participants, clients)
        while standing is not None and self._is_outdated(standing.row):
            await self._start_again(standing)
            standing = await self._standing(participants, clients)
        if standing is None:
            self._end(CloseCode.NO_SUCH_SESSION, "the session has been deleted")
            return
        before = self.replica.head, self.roster.stamp
        if self._corrupt is None:
            try:
                await catch_up(self.replica, self.store, self._sequencer, standing)
            except Corrupt as error:
                self._corrupt = error
                log.error("session_corrupt", session=self.id, reason=str(error))
        if self._corrupt is not None:
            self.replica.believe(standing)  # nothing is committed, but who may read it may change
        tell_info(self.connections.values(), info, self.info)
        tell_roles(self.connections.values(), self.roster, standing, participants)
        self._look_again(standing.until)
        if (self.replica.head, self.roster.stamp) != before:
            self.wake_connections()

    async def _standing(self, participants: set[str], clients: set[str]) -> Standing | None:
        async with asyncio.timeout(self.settings.unavailable_seconds):
            return await self.store.standing(
                self.id, participants, clients | self.connections.keys()
            )

    async def _decide(self, batch: list[Request]) -> None:
        replica = self.replica
        if self._corrupt is not None:
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
        if decision.changes_anything:
            if not await self._commit(decision):
                await self._lost_the_race()
                return
            replica.adopt(
                decision.lines,
                decision.operations,
                decision.buffer,
                decision.size,
                decision.clients.values(),
            )
        self._inbox.decided()
        self._answer(decision)
        if decision.lines:
            self.wake_connections()
            self._snapshots.consider(replica, decision.lines)
            self._freshness.consider()
            self._trim()
            await self._sequencer.announce(
                Announcement(self.id, replica.epoch, chain, decision.lines)
            )

    async def _lost_the_race(self) -> None:
        """Somebody else has changed the session: see what, and where they type, take turns."""
        self.mark_stale()
        heads = await self.store.heads([self.id])
        if self.id in heads and heads[self.id][2] != self.replica.head:
            await self._sequencer.turn(self.id)

    async def _commit(self, decision: Decision) -> bool:
        commit = Commit(
            session_id=self.id,
            epoch=self.replica.epoch,
            version=self.replica.version,
            operations=decision.lines,
            clients=list(decision.clients.values()),
        )
        # Too long is an unknown outcome, like any other error from here.
        async with asyncio.timeout(self.settings.unavailable_seconds):
            return await self.store.commit(commit)

    def _answer(self, decision: Decision) -> None:
        for request, answer in decision.answers:
            self._errands.answer(request.client_id, answer)
            seq = request.edit.seq
            connection = self.connections.get(request.client_id)
            if connection is None:
                continue
            match answer:
                case Committed(revision, selections):
                    connection.acknowledge(seq, revision)
                    if selections:
                        self.roster.point(
                            request.participant_id,
                            request.client_id,
                            revision,
                            selections,
                            typing=True,
                        )
                case Refused(code, message):
                    connection.answered(seq)
                    connection.tell(Reject(seq, code, message))
                case Trimmed():
                    connection.reset("history_trimmed")

    def _trim(self) -> None:
        """Keep the history in memory short, but not shorter than a connection needs.

        Beyond four times the bytes nobody is waited for: who is that far behind is reset.
        """
        replica, settings = self.replica, self.settings
        if replica.head >= self._carets_at + CARETS_EVERY:
            self.roster.bring_forward(replica.document.history)
            self._carets_at = replica.head
        is_long = replica.head - replica.start >= 2 * settings.history_revisions
        is_large = replica.lines_size >= 2 * settings.history_bytes
        if not (is_long or is_large):
            return
        floor = max(
            replica.head - settings.history_revisions, replica.since_bytes(settings.history_bytes)
        )
        floor = min((floor, *(connection.position for connection in self.connections.values())))
        floor = max(floor, replica.head - settings.transform_lag, replica.start)
        if replica.lines_size >= 4 * settings.history_bytes:
            floor = max(floor, replica.since_bytes(2 * settings.history_bytes))
        self.roster.bring_forward(replica.document.history)
        replica.forget(floor)

    # What goes wrong, and what changes elsewhere.

    def _hear(self, announcement: Announcement) -> None:
        """Another node, or this one, has committed."""
        if announcement.operations and announcement.operations[-1].revision > self.replica.head:
            self.mark_stale()

    def _give_up(self, request: Request) -> None:
        self._tell_unavailable(request, "the store can't be reached")

    def _tell_unavailable(self, request: Request, message: str) -> None:
        self._errands.give_up(request.client_id)
        connection = self.connections.get(request.client_id)
        if connection is not None:
            connection.tell(Error("unavailable", message, seq=request.edit.seq))

    def _look_again(self, until: float | None) -> None:
        """See what roles are worth when the first of them ends, in seconds since 1970."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if until is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(max(0.0, until - time.time()), self.mark_stale)

    def _is_outdated(self, row: SessionRow) -> bool:
        """Whether the store holds another lineage than this node."""
        if self._corrupt is not None:
            return row.epoch != self.replica.epoch
        return not self.replica.may_lead_to(row)

    async def _start_again(self, standing: Standing) -> None:
        """The store holds another lineage: everybody starts from its text."""
        replica, self._corrupt = await load(self.store, self.id)
        log.warning("session_restarted", session=self.id, epoch=replica.epoch)
        replica.believe(standing)
        self.feed.replica = replica
        self.roster.forget_carets()
        self._inbox.clear()
        self._errands.give_up_all()
        for connection in self.connections.values():
            connection.reset("lineage")

    def _end(self, code: CloseCode, reason: str) -> None:
        self._gone = True
        self._inbox.clear()
        self._errands.give_up_all()
        for connection in self.connections.values():
            connection.end(code, reason)
