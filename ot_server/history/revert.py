"""`revert` takes back a range of revisions; `taking_back` takes back one client's part of a range.

The range is inverted as one operation, and transformed as an uncommitted operation over what
follows, as in `ot_core.History.revert`; what others have typed in between, and inside, stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ot_core import Operation, OTError, TextBuffer, transform
from ot_server.errors import Corrupt
from ot_server.history.restore import Newest
from ot_server.log.line import decode
from ot_server.log.past import moment_at
from ot_server.log.reading import read_vouched, undisturbed
from ot_server.log.steps import composed, leading, moved
from ot_server.session.actor import Actor
from ot_server.session.request import Answer
from ot_server.store.rows import CommittedOperation

__all__ = ["revert", "taking_back"]


async def revert(actor: Actor, participant_id: str, first: int, last: int) -> Answer:
    """Take back revisions `first` to `last`, and commit that; what came after them stays.

    Text of the range that has been deleted since can't be deleted again; text that the range
    deleted is put back at every call.  If nothing of the range is left, nothing is committed,
    and the answer is the head.

    Raises:
        NoSuchRevision: `last` is beyond the head.
        NoSuchSession, Evicted: the session was deleted, or began a new epoch, while its past
            was read; nothing was done.
        Corrupt: the log doesn't lead to the range, or from there to the text as it is.

    Also raises what `ServerEdits.edit` raises.
    """
    newest, store = Newest.of(actor), actor.store
    async with undisturbed(store, actor.id, last):
        before = (await moment_at(store, actor.id, first - 1)).text.text
        range_ = await composed(leading(store, actor.id, first - 1, last), len(before))
        inverse, text = await asyncio.to_thread(_inverse, range_, before)
        operation = await _at_head(actor, newest, inverse, text, last)
    return await newest.commit(actor, participant_id, operation, newest.head)


async def taking_back(actor: Actor, client_id: str, first: int, last: int) -> Operation:
    """Return the operation that takes back a client's lines after `first` up to `last`.

    It applies to the text at the head, as it was when the call came.

    Raises:
        NoSuchSession, NoSuchRevision: there is none, or it is gone.
        Evicted: it has begun a new epoch meanwhile.
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    newest, store = Newest.of(actor), actor.store
    async with undisturbed(store, actor.id, newest.head):
        text = (await moment_at(store, actor.id, first)).text
        inverse = Operation.noop(len(text))
        async for lines in read_vouched(store, actor.id, first, last):
            inverse = await asyncio.to_thread(_over, lines, client_id, inverse, text)
        return await _at_head(actor, newest, inverse, text, last)


async def _at_head(
    actor: Actor, newest: Newest, inverse: Operation, text: TextBuffer, last: int
) -> Operation:
    """Transform an inverse from the text at revision `last` to the head."""
    operation = await moved(inverse, text, leading(actor.store, actor.id, last, newest.head))
    if text.text != newest.text:  # blocks have no chain: this check stands in for it
        raise Corrupt(f"what leads to revision {newest.head} doesn't make its text")
    return operation


def _inverse(operation: Operation, text: str) -> tuple[Operation, TextBuffer]:
    """Return the inverse of an operation on a text, and the text after the operation."""
    try:
        return operation.invert(text), TextBuffer(operation.apply(text))
    except OTError as error:
        raise Corrupt(str(error)) from error


def _over(
    lines: Sequence[CommittedOperation], client_id: str, inverse: Operation, text: TextBuffer
) -> Operation:
    """Extend an inverse by a client's next lines; the text is advanced past them."""
    try:
        for stretch, is_own in _stretches(lines, client_id):
            if is_own:
                inverse = stretch.invert(text.text).compose(inverse)
            else:
                inverse = transform(stretch, inverse)[1]
            text.apply(stretch)
    except OTError as error:
        raise Corrupt(str(error)) from error
    return inverse


def _stretches(lines: Sequence[CommittedOperation], client_id: str) -> list[tuple[Operation, bool]]:
    """Return the operations of lines; consecutive ones of the client, or of others, as one."""
    stretches: list[tuple[Operation, bool]] = []
    for line in lines:
        operation, is_own = decode(line), line.client_id == client_id
        if stretches and stretches[-1][1] == is_own:
            operation = stretches.pop()[0].compose(operation)
        stretches.append((operation, is_own))
    return stretches
