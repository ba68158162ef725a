"""`decide`: what happens to a batch of edits.  A pure function; the actor performs the decision.

The store then commits the whole decision or nothing, so everything here works on a draft:
the replica is read, never written.

Invariant: for all edits the answer is a decision, never an exception.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import msgspec

from ot_core import (
    History,
    InvalidOperation,
    LengthMismatch,
    Operation,
    OTError,
    TextBuffer,
    transform,
)
from ot_protocol import decode_operation
from ot_protocol.messages import RejectCode
from ot_server.access.roles import Action, is_allowed
from ot_server.errors import Corrupt
from ot_server.log.line import decode
from ot_server.log.slices import Slices
from ot_server.session.replica import Replica
from ot_server.session.request import (
    Answer,
    Committed,
    Moving,
    Refused,
    Request,
    TooLarge,
    Trimmed,
)
from ot_server.settings import Settings
from ot_server.store.rows import ClientRow, CommittedOperation, extend_chain

__all__ = ["Decision", "bring_near", "decide", "outcome_of"]

NEWEST: Final = 5_000
"""How many lines back a late duplicate is searched for."""


@dataclass
class Decision:
    """Lines to commit with the text that they make, and an answer to every request."""

    buffer: TextBuffer
    size: int
    """An upper bound of the text's size in bytes."""
    chain: bytes
    operations: list[Operation] = field(default_factory=list)
    lines: list[CommittedOperation] = field(default_factory=list)
    clients: dict[str, ClientRow] = field(default_factory=dict)
    """The rows that change, by client id."""
    answers: list[tuple[Request, Answer]] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        """Whether there is something to commit: an operation or a refusal."""
        return bool(self.clients)


def decide(
    replica: Replica, requests: Iterable[Request], settings: Settings, now: float
) -> Decision:
    """Decide what happens to these requests, in order, if they are committed now.

    The replica must hold the row of every request's client, and history back to every
    request's revision: a revision that isn't held counts as too late, like one that is more
    than ``settings.transform_lag`` revisions ago.  `now` is in seconds since 1970.
    """
    decision = Decision(replica.document.buffer.copy(), replica.size, replica.chain)
    for request in requests:
        client = decision.clients.get(request.client_id) or replica.clients[request.client_id]
        answer = _answer_again(replica, decision, client, request)
        if answer is None:
            answer = _answer(replica, decision, request, settings, now)
            decision.clients[request.client_id] = ClientRow(
                client_id=request.client_id,
                participant_id=client.participant_id,
                last_seq=request.edit.seq,
                last_revision=answer.revision if isinstance(answer, Committed) else None,
                refusal=_refusal(answer),
                digest=request.digest,
            )
        decision.answers.append((request, answer))
    return decision


def _answer_again(
    replica: Replica, decision: Decision, client: ClientRow, request: Request
) -> Answer | None:
    """Return the answer that this seq was given before, or None."""
    seq = request.edit.seq
    if seq > client.last_seq:
        return None
    if seq == client.last_seq and request.digest == client.digest:
        if client.last_revision is not None:
            return Committed(client.last_revision)
        assert client.refusal is not None
        return Refused(client.refusal, "it was refused before")
    # A late duplicate of an edit that was answered long ago: it may be among the newest lines.
    for line in islice(reversed(replica.lines), NEWEST):
        if line.revision <= request.edit.revision:
            break
        if (line.client_id, line.seq) == (request.client_id, seq):
            if _became(replica.document.history, request, line):
                return Committed(line.revision)
            break
    return Refused("seq_reused", f"seq {seq} was used for another operation")


def _became(history: History, request: Request, line: CommittedOperation) -> bool:
    """Whether a line of the log comes from this request, not from another with the same seq."""
    try:
        operation = decode_operation(request.edit.op)
        for block in history.between(request.edit.revision, line.revision - 1):
            operation = transform(block, operation)[1]
    except OTError:
        return False
    return operation == decode(line)


def _answer(
    replica: Replica, decision: Decision, request: Request, settings: Settings, now: float
) -> Answer:
    """Decide about a new seq; an edit that commits is added to the draft."""
    if not all(is_allowed(replica.roles.get(id_), Action.EDIT) for id_ in request.responsible):
        return Refused("forbidden", "your role doesn't allow to edit")
    if replica.lock is not None and replica.lock.by != request.participant_id:
        return Refused("locked", replica.lock.reason)
    if request.edit.revision > min(request.seen, replica.head):
        return Refused("unknown_revision", f"revision {request.edit.revision} was not sent yet")
    lag = replica.head - request.edit.revision
    if lag > settings.transform_lag or request.edit.revision < replica.start:
        return Trimmed()
    try:
        moving = request.moved or request.read(settings.components)
        moving = _move(replica.document.history, moving)
        for operation in decision.operations:
            moving = moving.over(operation)
        _apply(decision, moving.operation, settings.document_bytes)
    except TooLarge as error:
        return Refused("too_large", str(error))
    except LengthMismatch as error:
        return Refused("length_mismatch", str(error))
    except InvalidOperation as error:
        return Refused("invalid_operation", str(error))
    stored = msgspec.json.encode(moving.operation.components)
    decision.operations.append(moving.operation)
    decision.lines.append(
        CommittedOperation(
            revision=replica.head + len(decision.operations),
            client_id=request.client_id,
            seq=request.edit.seq,
            participant_id=request.participant_id,
            operation=stored,
            chain=extend_chain(decision.chain, stored),
            committed_at=now,
        )
    )
    decision.chain = decision.lines[-1].chain
    return Committed(decision.lines[-1].revision, moving.selections)


def _move(history: History, moving: Moving) -> Moving:
    """Transform an operation from the text it was made on to the head.

    Raises:
        LengthMismatch: it was not made on the text at its revision.
    """
    for block in history.between(moving.revision, history.revision):
        moving = moving.over(block)
    if moving.operation.base_length != history.length:
        raise LengthMismatch(
            f"the operation is on {moving.operation.base_length} code points, "
            f"the text at its revision has {history.length}"
        )
    return Moving(moving.operation, history.revision, moving.selections)


async def bring_near(
    replica: Replica,
    request: Request,
    settings: Settings,
    reach: Callable[[int], Awaitable[None]],
) -> None:
    """Transform a very late operation in slices, before its batch is decided.

    `reach` makes the replica hold history back to a revision.
    """
    history, revision = replica.document.history, request.edit.revision
    if request.edit.seq <= replica.clients[request.client_id].last_seq:
        return  # it was answered before
    if history.revision - revision <= settings.transform_lag:
        with suppress(Corrupt):  # `reach` has told; this one is too late then
            await reach(revision)
    if not 0 < history.revision - revision <= settings.transform_lag:
        return
    slices = Slices()
    try:
        moving = request.read(settings.components)
        for block in history.in_steps(revision, history.revision):
            if block is not None:
                moving = moving.over(block)
            await slices.pause()
    except OTError:
        return  # `decide` meets the same and refuses it
    request.moved = Moving(moving.operation, history.revision, moving.selections)


def _apply(decision: Decision, operation: Operation, most_bytes: int) -> None:
    """Apply an operation to the draft's text.

    Raises:
        TooLarge: the text would have more than `most_bytes` in UTF-8; the draft is unchanged.
    """
    buffer = decision.buffer
    size = decision.size + sum(
        len(component.encode()) for component in operation.components if isinstance(component, str)
    )
    grows = operation.target_length > operation.base_length
    if size > most_bytes and grows:
        # The bound ignores deletes: measure, which is seldom needed.
        buffer = buffer.copy()
        buffer.apply(operation)
        size = len(buffer.text.encode())
        if size > most_bytes:
            raise TooLarge(f"the text would have more than {most_bytes} bytes")
    else:
        buffer.apply(operation)
    decision.buffer, decision.size = buffer, size


def outcome_of(answer: Answer) -> str:
    """Return the outcome of a request, in one word."""
    match answer:
        case Committed():
            return "committed"
        case Refused(code):
            return code
        case Trimmed():
            return "trimmed"


def _refusal(answer: Answer) -> RejectCode | None:
    match answer:
        case Committed():
            return None
        case Refused(code):
            return code
        case Trimmed():
            return "unknown_revision"
