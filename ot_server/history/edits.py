"""Edits that the server makes for somebody: a whole text, a restore, a revert.

Each is one operation that is committed as the participant's own, made on the text that
was the newest when the call came, after whatever others have committed meanwhile.
Nothing that anybody types is lost to it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ot_core import Operation, OTError, TextBuffer
from ot_server.errors import Corrupt
from ot_server.history.fitting import diff_within
from ot_server.history.leading import composed, leading, moved
from ot_server.session.actor import Actor
from ot_server.session.moments import moment_at
from ot_server.session.reading import undisturbed
from ot_server.session.request import Answer, Committed

__all__ = ["put_text", "restore", "revert"]

# Each of them raises what `Actor.edit` does, and the following:
#     NoSuchRevision: a revision is beyond the head.
#     NoSuchSession, Evicted: the session was deleted, or began a new epoch, while its past was
#         read; nothing was done.
#     Corrupt: the log doesn't lead to a revision, or from there to the text as it is.


@dataclass(frozen=True)
class _Newest:
    """A session as it was when the call came."""

    epoch: int
    head: int
    text: str


async def put_text(actor: Actor, participant_id: str, text: str, base: int | None = None) -> Answer:
    """Commit what was changed in a text: what makes it from the text at `base`, or at the head.

    Where nothing was, nothing is committed and the answer is the head.
    """
    newest = _newest(actor)
    if base is None or base == newest.head:
        base, old = newest.head, newest.text
    else:
        old = await _text_at(actor, base)
    operation = await _difference(actor, old, text)
    return await _commit(actor, participant_id, operation, base, newest)


async def restore(actor: Actor, participant_id: str, revision: int) -> Answer:
    """Commit what leads back from the text at the head to that at `revision`."""
    newest = _newest(actor)
    operation = await _difference(actor, newest.text, await _text_at(actor, revision))
    return await _commit(actor, participant_id, operation, newest.head, newest)


async def revert(actor: Actor, participant_id: str, first: int, last: int) -> Answer:
    """Take back revisions `first` to `last`, and commit that; what came after them stays.

    It is `ot_core.History.revert`, over blocks: the inverse of the range, moved as an
    uncommitted operation over what followed.  Text that the range wrote and that has gone
    since can't go again; text that it deleted is put back each time it is asked for.  Where
    nothing is left of the range nothing is committed, and the answer is the head.
    """
    newest, store = _newest(actor), actor.store
    async with undisturbed(store, actor.id, last):
        before = (await moment_at(store, actor.id, first - 1)).text.text
        range_ = await composed(leading(store, actor.id, first - 1, last), len(before))
        inverse, text = await asyncio.to_thread(_inverse, range_, before)
        operation = await moved(inverse, text, leading(store, actor.id, last, newest.head))
        if text.text != newest.text:  # blocks have no chain: this is what vouches for them
            raise Corrupt(f"what follows revision {first - 1} doesn't lead to the head")
    return await _commit(actor, participant_id, operation, newest.head, newest)


def _newest(actor: Actor) -> _Newest:
    replica = actor.replica
    return _Newest(replica.epoch, replica.head, replica.document.text)


async def _text_at(actor: Actor, revision: int) -> str:
    async with undisturbed(actor.store, actor.id, revision):
        return (await moment_at(actor.store, actor.id, revision)).text.text


async def _difference(actor: Actor, old: str, new: str) -> Operation:
    return await asyncio.to_thread(diff_within, old, new, actor.settings.components)


def _inverse(operation: Operation, text: str) -> tuple[Operation, TextBuffer]:
    """Return what takes back an operation on a text, and the text that it makes."""
    try:
        return operation.invert(text), TextBuffer(operation.apply(text))
    except OTError as error:
        raise Corrupt(str(error)) from error


async def _commit(
    actor: Actor, participant_id: str, operation: Operation, revision: int, newest: _Newest
) -> Answer:
    if operation.is_noop:
        return Committed(newest.head)
    return await actor.edit(participant_id, operation, revision, newest.epoch)
