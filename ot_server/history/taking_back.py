"""`taking_back`: the operation that takes back what one client has written, and nothing else.

What others have typed in between, and inside of it, stays.  Each stretch of the client's own
operations is inverted as one, and moved as an uncommitted operation over what follows, as in
`ot_core.History.revert`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ot_core import Operation, OTError, TextBuffer, transform
from ot_protocol import decode_operation
from ot_server.errors import Corrupt
from ot_server.history.leading import leading, moved
from ot_server.session.actor import Actor
from ot_server.session.moments import moment_at
from ot_server.session.reading import read_vouched, undisturbed
from ot_server.store.rows import CommittedOperation

__all__ = ["taking_back"]


async def taking_back(actor: Actor, client_id: str, first: int, last: int) -> Operation:
    """Return what takes back a client's operations after `first` up to `last`, at the head.

    The head is that of the moment of the call.

    Raises:
        NoSuchSession, NoSuchRevision: there is none, or none any more.
        Evicted: it has begun a new epoch meanwhile.
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    store, session_id = actor.store, actor.id
    head, newest = actor.replica.head, actor.replica.document.text
    async with undisturbed(store, session_id, head):
        text = (await moment_at(store, session_id, first)).text
        inverse = Operation.noop(len(text))
        async for lines in read_vouched(store, session_id, first, last):
            inverse = await asyncio.to_thread(_over, lines, client_id, inverse, text)
        operation = await moved(inverse, text, leading(store, session_id, last, head))
        if text.text != newest:  # blocks have no chain: this is what vouches for them
            raise Corrupt(f"what follows revision {first} doesn't lead to the head")
    return operation


def _over(
    lines: Sequence[CommittedOperation], client_id: str, inverse: Operation, text: TextBuffer
) -> Operation:
    """Let an inverse take back a client's next lines as well; the text follows them."""
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
    """Return the operations of lines, those in a row that are the client's, or aren't, as one."""
    stretches: list[tuple[Operation, bool]] = []
    for line in lines:
        operation, is_own = decode_operation(line.operation), line.client_id == client_id
        if stretches and stretches[-1][1] == is_own:
            operation = stretches.pop()[0].compose(operation)
        stretches.append((operation, is_own))
    return stretches
