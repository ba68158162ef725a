"""`join`: from a hello to a welcome.

A client that was here before says where it was; if the log vouches for that place it is
told what has happened since, its own outstanding operation included, and otherwise it
starts again from the text.
"""

from __future__ import annotations

from msgspec import structs

from ot_protocol import CloseCode
from ot_protocol.messages import (
    PROTOCOL,
    Hello,
    Limits,
    ResetReason,
    SessionInfo,
    Welcome,
)
from ot_server.access.roles import Action, is_allowed
from ot_server.errors import ClientTaken, Corrupt, Forbidden, Full, Replaced
from ot_server.session.actor import Actor
from ot_server.session.audience import wire_lock
from ot_server.session.connection import Connection
from ot_server.session.feed import changes

__all__ = ["join"]


async def join(actor: Actor, connection: Connection, hello: Hello) -> Welcome:
    """Make a connection part of a live session, and return what to welcome it with.

    Raises:
        ClientTaken, Forbidden, Full, Replaced: it was not let in.
        Evicted: the session is live no more: ask the hub again.
        StoreUnavailable: the store can't be read.
    """
    participant = connection.participant
    row = await actor.store.claim_client(actor.id, connection.client_id, participant.id)
    if row.participant_id != participant.id:
        raise ClientTaken
    _make_room(actor, connection)
    if hello.revision is not None:
        # From now on the history is kept back to there.
        connection.begin(hello.revision, 0)
    actor.connections[connection.client_id] = connection
    try:
        await actor.caught_up()
        _require_place(actor, connection)
        role = actor.replica.roles.get(participant.id)
        if role is None or not is_allowed(role, Action.READ):
            raise Forbidden
        connection.participant = structs.replace(participant, role=role)
        welcome = await _welcome(actor, connection, hello)
        _require_place(actor, connection)
        return welcome
    except BaseException:
        actor.leave(connection)
        raise


def _require_place(actor: Actor, connection: Connection) -> None:
    if actor.connections.get(connection.client_id) is not connection:
        raise Replaced


def _make_room(actor: Actor, connection: Connection) -> None:
    """The newest connection of a client replaces the one before it.

    Raises:
        Full: there are too many of others.
        Replaced: this one has been held up, and the client has come back already.
    """
    old = actor.connections.get(connection.client_id)
    if old is not None:
        if old.arrival > connection.arrival:
            raise Replaced
        old.end(CloseCode.REPLACED, "the same client connected again")
        actor.leave(old)
    others = [other.participant.id for other in actor.connections.values()]
    settings = actor.settings
    if len(others) >= settings.connections_per_session:
        raise Full("the session has too many connections")
    if others.count(connection.participant.id) >= settings.connections_per_participant:
        raise Full("you have too many connections to this session")


async def _welcome(actor: Actor, connection: Connection, hello: Hello) -> Welcome:
    resumes = None not in (hello.epoch, hello.revision, hello.chain)
    reset = await _judge(actor, hello) if resumes else None
    _require_place(actor, connection)
    # One moment: nothing is awaited until text, head, roster and last seq are taken.
    replica, roster, settings = actor.replica, actor.audience.roster, actor.settings
    last = replica.head
    text = replica.document.text if hello.text or not resumes or reset else None
    last_seq = replica.clients[connection.client_id].last_seq
    connection.welcomed(hello.outstanding, max(last_seq, hello.seq))
    roster.enter(connection.participant, connection.client_id)
    actor.audience.wake()
    welcome = Welcome(
        protocol=PROTOCOL,
        client=connection.client_id,
        participant=connection.participant.id,
        role=connection.participant.role,
        session=SessionInfo(
            id=replica.info.id,
            title=replica.info.title,
            language=replica.info.language,
            run=replica.info.run,
            runs=replica.info.runs,
            lock=wire_lock(replica.lock),
        ),
        participants=roster.everybody(),
        limits=Limits(
            frame_bytes=settings.frame_bytes,
            document_bytes=settings.document_bytes,
            components=settings.components,
            edits_per_second=settings.edits_per_second,
            edits_burst=settings.edits_burst,
            presence_per_second=settings.presence_per_second,
            ping_seconds=settings.ping_seconds,
            run=settings.run,
            run_bytes=settings.run_bytes,
            diagnostics=settings.diagnostics,
        ),
        last_seq=last_seq,
        epoch=replica.epoch,
        chain=replica.chain.hex(),
        text=text,
        reset=reset,
    )
    stamp = roster.stamp
    if not resumes or reset:
        # What was outstanding ends here: the next seq is above it.
        connection.answered(max(last_seq, hello.outstanding or 0))
        connection.outstanding = None
        connection.begin(last, stamp)
        return structs.replace(welcome, revision=last)
    assert hello.revision is not None
    found = await changes(replica, hello.revision, last, connection.client_id, hello.outstanding)
    connection.answered(last_seq)
    connection.begin(last, stamp)
    return structs.replace(welcome, from_=hello.revision, to=last, changes=found)


async def _judge(actor: Actor, hello: Hello) -> ResetReason | None:
    """Say why a client can't go on from where it was, or None if it can."""
    assert hello.revision is not None
    replica = actor.replica
    if hello.epoch != replica.epoch or hello.revision > replica.head:
        return "lineage"
    if replica.head - hello.revision > actor.settings.transform_lag:
        return "history_trimmed"
    try:
        await actor.reach(hello.revision)
    except Corrupt:
        return "history_trimmed"
    if actor.replica is not replica or replica.chain_at(hello.revision).hex() != hello.chain:
        return "lineage"
    return None
