"""`Actor`: one live session on this node, and the only writer of what the node holds of it.

Edits gather in the inbox while a commit is under way, so that load makes batches larger,
not queues longer.  Each turn: catch up with the store if it may know more, decide
about the batch, commit, and only then take over what was committed, wake the
connections and tell the other nodes.  What was not committed is tried again as it was
sent; what may have been committed is looked up in the store.

Text, head, version, roles and clients only change in the actor's own task, a turn at a time.
Participants, presence, diagnostics, and how far back history is held change in methods of the
actor and its parts, in the task that calls them, without an await between looking and changing.
Of a connection, position, seqs, role and login are also set by its own `Conversation`, its writer
and its socket.

Invariant: the replica, and so every frame, is something that the store has committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, assert_never

import structlog

from ot_protocol import CloseCode
from ot_protocol.messages import Participant, Presence, Who
from ot_server.codehelp.analyzer import Analyzer
from ot_server.errors import Corrupt, Evicted, OutcomeUnknown, StoreUnavailable
from ot_server.sequencer.base import Announcement, Changed, Message, Sequencer, Statement
from ot_server.session.audience import Audience
from ot_server.session.batch import bring_near, decide, outcome_of
from ot_server.session.committing import Committing
from ot_server.session.connection import Connection
from ot_server.session.diagnostics import Search
from ot_server.session.feed import Feed, Heard
from ot_server.session.inbox import Callers, Inbox
from ot_server.session.loading import reach
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
        analyzer: Analyzer | None,
    ) -> None:
        """Make a loaded session live; `corrupt` is what is wrong with its log, if anything."""
        self.id = replica.info.id
        audience = self._audience = Audience(settings)
        feed = self.feed = Feed(replica, audience.roster, meters)
        self.store = store
        self.settings = settings
        self._meters = meters
        self._committing = Committing(self.id, store, sequencer, meters)
        self._snapshots = Snapshots(self.id, store, settings, replica, meters)
        self._upkeep = Upkeep(
            feed, corrupt, audience, store, sequencer, look=self.mark_stale, restarted=self._forget
        )
        self._peers = Peers(feed, audience, sequencer)
        self.diagnostics = Search(feed, audience, analyzer)
        self._inbox = Inbox(settings, self._give_up)
        self.server_edits = ServerEdits(self.id, store, self.submit)
        self._committed: list[Callable[[Replica, Sequence[CommittedOperation]], None]] = [
            audience.committed,
            self._snapshots.committed,
            Trimming(settings, audience, replica.head).committed,
        ]
        """Told of the lines that this node has just committed, now in the replica."""
        self._callers = Callers()
        self._stale = self._gone = self._closing = False
        self._wake = asyncio.Event()
        self.touch()
        self._stop_listening = sequencer.listen(self.id, self._hear)
        self._task = asyncio.create_task(self._run(), name=f"session {self.id}")

    @property
    def replica(self) -> Replica:
        """The session as this node holds it."""
        return self.feed.replica

    @property
    def connections(self) -> dict[str, Connection]:
        """By client id."""
        return self._audience.connections

    @property
    def is_gone(self) -> bool:
        """Whether the session was deleted, or this actor has ended."""
        return self._gone or self._closing

    def touch(self) -> None:
        """Note that somebody needs the session."""
        self._used = asyncio.get_running_loop().time()

    def is_idle(self, seconds: float) -> bool:
        """Whether nobody has needed the session for `seconds`."""
        return (
            not (self._audience.clients or self._inbox or self._callers)
            and not self._snapshots.is_busy
            and asyncio.get_running_loop().time() - self._used >= seconds
        )

    # Calls of connections.

    async def caught_up(self) -> None:
        """Return when the replica holds everything that was committed before the call.

        Raises:
            Evicted: the session is no longer live: ask the hub again.
            StoreUnavailable: the store can't be read.
        """
        self.touch()
        if self.is_gone:
            raise Evicted(self.id)
        self._wake.set()
        await self._callers.wait(self.settings.unavailable_seconds)

    def submit(self, request: Request, epoch: int | None = None) -> None:
        """Put an edit into the inbox; its client will get the answer.

        Raises:
            Evicted: `epoch` is given, and the session is in another one, or not live here.
            Corrupt: `epoch` is given, and the log is damaged.
        """
        if epoch is not None and (self.is_gone or self.replica.epoch != epoch):
            raise Evicted(self.id)
        if epoch is not None and self._upkeep.corrupt is not None:
            raise self._upkeep.corrupt
        self._inbox.add(request)
        self._wake.set()

    async def reach(self, revision: int) -> None:
        """Make the replica hold history back to `revision`.

        Raises:
            Corrupt: the log doesn't lead from there to what is held.
            StoreUnavailable: the store can't be read.
        """
        await reach(self.replica, self.store, self.id, revision)

    # Participants and presence.

    def admit(self, connection: Connection, revision: int | None) -> None:
        """Take in a connection before its welcome; history is kept from `revision` on.

        Raises:
            Full: there are too many connections.
            Replaced: this connection was held up, and the client has already come back.
        """
        if revision is not None:
            connection.hold(revision)
        self._audience.admit(connection)

    def enter(self, connection: Connection) -> tuple[list[Participant], Who | None, Heard]:
        """Show a connection to the others; return who is here, their presence, and its stamp."""
        self._audience.enter(connection)
        roster = self._audience.roster
        heard = Heard(participants=roster.stamp, presence=roster.stamp)
        return roster.everybody(), roster.who(self.replica.document.history), heard

    def set_presence(self, connection: Connection, presence: Presence) -> None:
        """Take in the presence of a client, in the text at a revision that is held."""
        length = self.replica.document.history.length_at(presence.revision)
        selections = clamped(presence.selections, length)
        self._audience.set_presence(
            connection, presence.revision, selections, typing=presence.typing
        )

    def leave(self, connection: Connection) -> None:
        """Take out a connection that has ended."""
        self._audience.leave(connection)
        self.touch()

    def hosting(
        self, participant: Participant, client_id: str, asked_by: str
    ) -> AbstractContextManager[None]:
        """In this block, show a participant as present by a client without a connection."""
        return self._audience.hosting(participant, client_id, asked_by)

    # News from elsewhere.

    def mark_stale(self) -> None:
        """Note that the store may know more than this node."""
        self._stale = True
        self._wake.set()

    def look_after(self) -> None:
        """Do what is due; called every second."""
        self._peers.look_after()

    def knows(self, standing: tuple[int, int, int] | None) -> bool:
        """Whether this node has this epoch, version and head."""
        replica = self.replica
        return standing == (replica.epoch, replica.version, replica.head)

    async def close(self) -> None:
        """Commit what is in the inbox, as far as the time for draining allows, and end."""
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

    # The task.

    async def _run(self) -> None:
        try:
            await self._turns()
        except Exception:
            # A bug.  The store has everything that was acknowledged: load the session again.
            log.exception("session_failed", session=self.id)
            self._end(CloseCode.INTERNAL_ERROR, "the session is loaded again")
        finally:
            self._peers.close()
            self.diagnostics.close()
            self._stop_listening()
            self._upkeep.close()
            self._inbox.close()
            self.server_edits.give_up_all()
            self._callers.close(Evicted(self.id))

    async def _turns(self) -> None:
        pause = FIRST_PAUSE
        while not (self._gone or (self._closing and not self._inbox)):
            await self._wake.wait()
            self._wake.clear()
            try:
                while not self._gone and (self._inbox or self._callers or self._stale):
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
        is_called = self._callers.take()
        clients = {request.client_id for request in self._inbox.take()}
        try:
            if self._stale or is_called or not clients <= self.replica.clients.keys():
                self._stale = False
                responsible = (request.responsible for request in self._inbox.deciding)
                participants = set[str]().union(*responsible)
                if not await self._upkeep.catch_up(participants, clients):
                    self._end(CloseCode.NO_SUCH_SESSION, "the session has been deleted")
                    return
                self._peers.catch_up()
            self._callers.served()
            if self._inbox.deciding:
                await self._decide(self._inbox.deciding.copy())
        finally:
            self._inbox.put_back()
            self._callers.put_back()

    async def _decide(self, batch: list[Request]) -> None:
        replica, begun = self.replica, asyncio.get_running_loop().time()
        if self._upkeep.corrupt is not None:
            for request in batch:
                self._give_up(request, "the session is damaged and read-only")
            self._inbox.decided()
            return
        for request in batch:
            await bring_near(replica, request, self.settings, self.reach)
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
            await self._committing.announce(replica, decision, chain)

    # Failures, and changes elsewhere.

    def _hear(self, message: Message) -> None:
        """Take in a message of another node, or this one, about the session."""
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

    def _give_up(self, request: Request, why: str = "the store can't be reached") -> None:
        self._meters.edits["unavailable"] += 1
        self.server_edits.give_up(request.client_id)
        self._audience.tell_unavailable(request, why)

    def _forget(self) -> None:
        """Give up everything that waits: it will never be decided here."""
        self._inbox.clear()
        self.server_edits.give_up_all()

    def _end(self, code: CloseCode, reason: str) -> None:
        self._gone = True
        self._forget()
        self._audience.end(code, reason)
