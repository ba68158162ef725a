"""Edits that the server makes for somebody: a whole text, a restore, a revert.

Each is one operation that is committed as the participant's own, after whatever others
have committed meanwhile.  Nothing that anybody types is lost to it.
"""

from __future__ import annotations

import asyncio

from ot_core import Operation
from ot_server.history.fitting import diff_within
from ot_server.history.leading import composed, leading, moved
from ot_server.session.actor import Actor
from ot_server.session.moments import NoSuchRevision, moment_at
from ot_server.session.request import Answer, Committed

__all__ = ["put_text", "restore", "revert"]

# Each of them raises what `Actor.edit` does, and the following:
#     NoSuchRevision: a revision is beyond the head.
#     Corrupt: the log doesn't lead to a revision.


async def put_text(actor: Actor, participant_id: str, text: str, base: int | None = None) -> Answer:
    """Commit what was changed in a text: what makes it from the text at `base`, or at the head.

    Where nothing was, nothing is committed and the answer is the head.
    """
    replica = actor.replica
    epoch, head = replica.epoch, replica.head
    if base is None or base == head:
        base, old = head, replica.document.text
    else:
        _require(actor, base)
        old = (await moment_at(actor.store, actor.id, base)).text.text
    most = actor.settings.components
    operation = await asyncio.to_thread(diff_within, old, text, most)
    if operation.is_noop:
        return Committed(head)
    return await actor.edit(participant_id, operation, base, epoch)


async def restore(actor: Actor, participant_id: str, revision: int) -> Answer:
    """Commit what leads back from the text at the head to that at `revision`."""
    _require(actor, revision)
    moment = await moment_at(actor.store, actor.id, revision)
    return await put_text(actor, participant_id, moment.text.text)


async def revert(actor: Actor, participant_id: str, first: int, last: int) -> Answer:
    """Take back revisions `first` to `last`, and commit that; what came after them stays.

    It is `ot_core.History.revert`, over blocks: the inverse of the range, moved as an
    uncommitted operation over what followed.  Where nothing is left of the range nothing
    is committed, and the answer is the head.
    """
    _require(actor, last)
    store, epoch, head = actor.store, actor.replica.epoch, actor.replica.head
    before = await moment_at(store, actor.id, first - 1)
    reverted = await leading(store, actor.id, first - 1, last)
    followed = await leading(store, actor.id, last, head)

    def make() -> Operation:
        inverse = composed(reverted, len(before.text)).invert(before.text)
        return moved(inverse, followed)

    operation = await asyncio.to_thread(make)
    if operation.is_noop:
        return Committed(head)
    return await actor.edit(participant_id, operation, head, epoch)


def _require(actor: Actor, revision: int) -> None:
    if revision > actor.replica.head:
        raise NoSuchRevision(revision)
