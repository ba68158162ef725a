"""`restore` and `put_text`: an edit that replaces the text at the head by another text."""

from __future__ import annotations

import asyncio
from heapq import nlargest
from typing import NamedTuple

from ot_core import Component, Operation, diff
from ot_server.log.past import moment_at
from ot_server.log.reading import undisturbed
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed

__all__ = ["Newest", "diff_within", "put_text", "restore"]

# Both raise what `ServerEdits.edit` does, and the following:
#     NoSuchRevision: a revision is beyond the head.
#     NoSuchSession, Evicted: the session was deleted, or began a new epoch, while its past was
#         read; nothing was done.
#     Corrupt: the log doesn't lead to a revision, or from there to the text as it is.


class Newest(NamedTuple):
    """A session as it was when the call came."""

    epoch: int
    head: int
    text: str

    @classmethod
    def of(cls, actor: Actor) -> Newest:
        """Return a session as it is now."""
        replica = actor.replica
        return cls(replica.epoch, replica.head, replica.document.text)

    async def commit(
        self, actor: Actor, participant_id: str, operation: Operation, revision: int
    ) -> Answer:
        """Commit an edit of the text at a revision; if it changes nothing, only return the head."""
        if operation.is_noop:
            return Committed(self.head)
        return await actor.server_edits.edit(participant_id, operation, revision, self.epoch)


async def put_text(actor: Actor, participant_id: str, text: str, base: int | None = None) -> Answer:
    """Commit the changes that somebody made to the text at `base`, or at the head.

    If there are none, nothing is committed and the answer is the head.
    """
    newest = Newest.of(actor)
    if base is None or base == newest.head:
        base, old = newest.head, newest.text
    else:
        old = await _text_at(actor, base)
    operation = await _difference(actor, old, text)
    return await newest.commit(actor, participant_id, operation, base)


async def restore(actor: Actor, participant_id: str, revision: int) -> Answer:
    """Commit an edit that leads from the text at the head back to that at `revision`."""
    newest = Newest.of(actor)
    operation = await _difference(actor, newest.text, await _text_at(actor, revision))
    return await newest.commit(actor, participant_id, operation, newest.head)


async def _text_at(actor: Actor, revision: int) -> str:
    async with undisturbed(actor.store, actor.id, revision):
        return (await moment_at(actor.store, actor.id, revision)).text.text


async def _difference(actor: Actor, old: str, new: str) -> Operation:
    return await asyncio.to_thread(diff_within, old, new, actor.settings.components)


def diff_within(old: str, new: str, most: int) -> Operation:
    """Return an operation that turns `old` into `new`, with at most `most` components (8 or more).

    It is the result of `diff` if that is small enough.  Otherwise the shortest stretches that
    stay are replaced too, until it is.
    """
    operation = diff(old, new)
    if len(operation.components) <= most:
        return operation
    retains = [
        (component, at)
        for at, component in enumerate(operation.components)
        if isinstance(component, int) and component > 0
    ]
    # A delete and an insert lie between each two stretches, before the first and after the last.
    stay = {at for _, at in nlargest((most - 2) // 3, retains)}
    components: list[Component] = []
    position = deleted = 0
    inserted: list[str] = []
    for at, component in enumerate(operation.components):
        if isinstance(component, str):
            inserted.append(component)
        elif at in stay:
            components += _change(deleted, inserted)
            components.append(component)
            position += component
            deleted, inserted = 0, []
        else:
            count = abs(component)
            if component > 0:
                inserted.append(old[position : position + count])
            deleted += count
            position += count
    return Operation([*components, *_change(deleted, inserted)])


def _change(deleted: int, inserted: list[str]) -> list[Component]:
    text = "".join(inserted)
    return [*([-deleted] if deleted else []), *([text] if text else [])]
