"""`proposal`: what a finding proposes, as an edit of the text that it was found in.

Only what differs is changed, so that what others have typed meanwhile on the same lines
stays; but of each line something must be left, and an empty one must still be a line.
"""

from __future__ import annotations

import asyncio

from ot_core import Component, Operation, transform_index
from ot_server.assistant.findings import Finding, line_span
from ot_server.errors import LinesGone
from ot_server.history.restore import diff_within
from ot_server.log.past import moment_at
from ot_server.log.reading import undisturbed
from ot_server.log.steps import composed, leading
from ot_server.session.actor import Actor

__all__ = ["proposal"]


async def proposal(actor: Actor, finding: Finding) -> Operation:
    """Return what makes a finding's replacement, on the text at the finding's revision.

    Raises:
        LinesGone: not all of its lines are there any more.
        NoSuchSession, NoSuchRevision, Evicted: the session is another one by now.
        Corrupt: the log doesn't lead there.
        StoreUnavailable: the store can't be read.
    """
    store, head = actor.store, actor.replica.head
    async with undisturbed(store, actor.id, head):
        text = (await moment_at(store, actor.id, finding.revision)).text.text
        since = await composed(leading(store, actor.id, finding.revision, head), len(text))
    return await asyncio.to_thread(_proposal, text, finding, since, actor.settings.components)


def _proposal(text: str, finding: Finding, since: Operation, most_components: int) -> Operation:
    now = since.apply(text)
    for number in range(finding.first_line, finding.last_line + 1):
        start, stop = line_span(text, number, number)
        if _is_gone(start, stop, since) if start < stop else _is_joined(start, since, now):
            raise LinesGone(f"line {number} has been deleted")
    start, stop = line_span(text, finding.first_line, finding.last_line)
    replacement = finding.replacement or ""
    if not replacement:  # the lines go, and a newline with them
        start, stop = (start, stop + 1) if stop < len(text) else (max(0, start - 1), stop)
    change = diff_within(text[start:stop], replacement, most_components - 2)
    around = (start, len(text) - stop)
    components: list[Component] = [*change.components]
    if around[0]:
        components.insert(0, around[0])
    if around[1]:
        components.append(around[1])
    return Operation(components)


def _is_gone(start: int, stop: int, since: Operation) -> bool:
    """Whether nothing of what was in ``[start, stop)`` is left."""
    position = 0
    for component in since.components:
        if isinstance(component, str):
            continue
        if position >= stop:
            break
        if component > 0 and position + component > start:
            return False
        position += abs(component)
    return True


def _is_joined(at: int, since: Operation, now: str) -> bool:
    """Whether what was an empty line is none of its own any more.

    It is one where a newline beside it is left, and it still begins and ends as a line does.
    """
    beside = [index for index in (at - 1, at) if 0 <= index < since.base_length]
    if not beside:
        return False  # it was all the text
    if all(_is_gone(index, index + 1, since) for index in beside):
        return True
    start = transform_index(since, at)
    if now[max(0, start - 1) : start] not in ("", "\n"):
        return True
    if at not in beside or not _is_gone(at, at + 1, since):
        return False  # the text, or a newline, ends it
    stop = transform_index(since, at + 1)
    return now[stop : stop + 1] not in ("", "\n")
