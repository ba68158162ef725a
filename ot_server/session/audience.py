"""`Audience`: the connections of one session on this node, and what they are told.

The only decision here is how many connections there may be.  What is told has already been
committed or refused, or is only presence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import UNSET

from ot_core import Selection
from ot_protocol import CloseCode
from ot_protocol.messages import Error, Lock, Participant, Reject, ResetReason, SessionChanged
from ot_server.errors import Full, Replaced
from ot_server.ids import connection_name
from ot_server.session.batch import Decision
from ot_server.session.connection import Connection
from ot_server.session.replica import Replica
from ot_server.session.request import Answer, Committed, Refused, Request, Trimmed
from ot_server.session.roster import Presence, Roster
from ot_server.settings import Settings
from ot_server.store.rows import CommittedOperation, LockRow, SessionInfoRow, Standing
from ot_server.times import rfc3339

__all__ = ["Audience", "wire_lock"]


class Audience:
    """The connections, by client id."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.roster = Roster()
        self.connections: dict[str, Connection] = {}
        self.listeners: list[Callable[[], None]] = []
        """Called when there may be something new; not only connections need to know."""
        self.hosted: dict[str, set[str]] = {}
        """Clients for which this server edits, and the participants responsible for each."""

    @property
    def participants(self) -> set[str]:
        """The ids of the participants who are connected, or responsible for a client here."""
        connected = (connection.participant.id for connection in self.connections.values())
        return set().union(connected, *self.hosted.values())

    @property
    def clients(self) -> set[str]:
        """The ids of the clients here, with and without a connection."""
        return {*self.connections, *self.hosted}

    def needed(self, revision: int) -> int:
        """Return the lowest position of a connection, or `revision` if that is lower."""
        return min((revision, *(connection.position for connection in self.connections.values())))

    def admit(self, connection: Connection) -> None:
        """Take in a connection; a client's newest connection replaces the one before it.

        Raises:
            Full: there are too many connections.
            Replaced: this connection was held up, and the client has already come back.
        """
        old = self.connections.get(connection.client_id)
        if old is not None:
            if old.visitor.arrival > connection.visitor.arrival:
                raise Replaced
            old.end(CloseCode.REPLACED, "the same client connected again")
            self.leave(old)
        others = [other.participant.id for other in self.connections.values()]
        if len(others) >= self._settings.connections_per_session:
            raise Full("the session has too many connections")
        if others.count(connection.participant.id) >= self._settings.connections_per_participant:
            raise Full("you have too many connections to this session")
        self.connections[connection.client_id] = connection

    def enter(self, connection: Connection) -> None:
        """Show a connection that is being welcomed to the others."""
        self.roster.enter(connection.participant, connection.client_id)
        self.wake()

    def set_presence(
        self,
        connection: Connection,
        revision: int,
        selections: Sequence[Selection],
        *,
        typing: bool,
    ) -> None:
        """Show a connection's presence, in the text at `revision`, to the others."""
        presence = connection.presence(revision, selections, typing=typing)
        self.roster.put(connection.participant.id, connection.client_id, presence)
        self.wake()

    def leave(self, connection: Connection) -> None:
        """Take out a connection that has ended."""
        if self.connections.get(connection.client_id) is connection:
            del self.connections[connection.client_id]
            self.roster.leave(connection.participant.id, connection.client_id)
        heard = min((other.heard.participants for other in self.connections.values()), default=0)
        self.roster.forget_left(heard)
        self.wake()

    @contextmanager
    def hosting(self, participant: Participant, client_id: str, asked_by: str) -> Iterator[None]:
        """In this block, show a participant as present by a client without a connection."""
        self.hosted[client_id] = {participant.id, asked_by}
        self.roster.enter(participant, client_id)
        self.wake()
        try:
            yield
        finally:
            del self.hosted[client_id]
            self.roster.leave(participant.id, client_id)
            self.wake()

    def wake(self) -> None:
        """Tell everybody to look for news."""
        for connection in self.connections.values():
            connection.wake()
        for listener in self.listeners:
            listener()

    def committed(self, _replica: Replica, _lines: Iterable[CommittedOperation]) -> None:
        """Tell everybody that the head has moved."""
        self.wake()

    def tell_answers(self, decision: Decision) -> None:
        """Answer everybody who waited for a decision that is now committed."""
        for request, answer in decision.answers:
            self._place(request, answer)
            connection = self.connections.get(request.client_id)
            if connection is not None:
                self._tell_answer(connection, request, answer)

    def tell_unavailable(self, request: Request, message: str) -> None:
        """Answer that a request was not decided here: it may be sent again."""
        connection = self.connections.get(request.client_id)
        if connection is not None:
            connection.tell(Error("unavailable", message, seq=request.edit.seq))

    def tell_news(
        self,
        before: SessionInfoRow,
        lock: LockRow | None,
        standing: Standing,
        asked: set[str],
    ) -> None:
        """Tell everybody what has changed: title, language, lock, and these participants' roles."""
        tell_info(self.connections.values(), before, standing.info)
        tell_lock(self.connections.values(), lock, standing.lock)
        tell_roles(self.connections.values(), self.roster, standing, asked)

    def reset(self, reason: ResetReason) -> None:
        """Let everybody start again from the text at the head."""
        self.roster.forget_presences()
        for connection in self.connections.values():
            connection.reset(reason)
        self.wake()

    def end(self, code: CloseCode, reason: str) -> None:
        """Close all connections."""
        for connection in self.connections.values():
            connection.end(code, reason)

    def _place(self, request: Request, answer: Answer) -> None:
        """Show the presence that came with an edit, if its client is here."""
        if not (isinstance(answer, Committed) and answer.selections):
            return
        participant_id, client_id = request.participant_id, request.client_id
        connection = self.connections.get(client_id)
        if connection is not None:
            presence = connection.presence(answer.revision, answer.selections, typing=True)
        else:
            name, selections = connection_name(participant_id, client_id), tuple(answer.selections)
            presence = Presence(name, 0.0, answer.revision, selections, typing=True)
        self.roster.put(participant_id, client_id, presence)

    def _tell_answer(self, connection: Connection, request: Request, answer: Answer) -> None:
        seq = request.edit.seq
        match answer:
            case Committed(revision):
                connection.acknowledge(seq, revision)
            case Refused(code, message):
                connection.reject(Reject(seq, code, message))
            case Trimmed():
                connection.reset("history_trimmed")


def wire_lock(lock: LockRow | None) -> Lock | None:
    """Return a lock as clients know it."""
    return None if lock is None else Lock(lock.by, lock.reason, rfc3339(lock.until))


def tell_info(
    connections: Iterable[Connection], before: SessionInfoRow, now: SessionInfoRow
) -> None:
    """Tell everybody a new title or language, and the number of shared runs."""
    changed = SessionChanged(
        title=now.title if now.title != before.title else UNSET,
        language=now.language if now.language != before.language else UNSET,
        run=now.run if now.run != before.run else UNSET,
        runs=now.runs if now.runs != before.runs else UNSET,
    )
    if changed == SessionChanged():
        return
    for connection in connections:
        connection.tell(changed)


def tell_lock(
    connections: Iterable[Connection], before: LockRow | None, now: LockRow | None
) -> None:
    """Tell everybody who holds the lock, and until when, or that it has ended."""
    if now == before:
        return
    changed = SessionChanged(lock=wire_lock(now))
    for connection in connections:
        connection.tell(changed)


def tell_roles(
    connections: Iterable[Connection], roster: Roster, standing: Standing, asked: Collection[str]
) -> None:
    """Tell those whose role has changed, and end the connections of those who have none.

    `asked` are the participants whose roles were read; later ones are left alone.
    """
    for connection in connections:
        if connection.participant.id not in asked:
            continue
        role = standing.roles.get(connection.participant.id)
        if role is None:
            connection.end(CloseCode.FORBIDDEN, "you have no access to this session")
        elif role != connection.participant.role:
            connection.take_role(role)
            connection.tell(SessionChanged(role=role))
            roster.enter(connection.participant, connection.client_id)
