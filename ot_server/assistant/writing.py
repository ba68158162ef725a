"""`Writing`: one task that writes into the text, from its first word to its end.

It goes on when the people who asked for it have gone.  What it has written stays, however it
ends, and can be taken back as one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import structlog

from ot_core import transform_index
from ot_server.access.participant import shown
from ot_server.assistant.batches import batched, unfenced
from ot_server.assistant.failures import AssistantFailed, FailureCode
from ot_server.assistant.lease import Cancelled, Lease
from ot_server.assistant.pen import Pen
from ot_server.assistant.prompts import generate_prompt
from ot_server.assistant.upstream import Answer, Upstream
from ot_server.errors import OutcomeUnknown, ServerError, StoreUnavailable
from ot_server.session.actor import Actor
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantTask, Holder, Outcome, ParticipantRow
from ot_server.telemetry.logs import level_of

__all__ = ["Ended", "Event", "Place", "Progressed", "Started", "Writing"]

log = structlog.get_logger(__name__)

OPERATIONS_PER_SECOND: Final = 20
REASON: Final = "The assistant is writing"


@dataclass(frozen=True)
class Place:
    """Which part of the text at `revision` is to be replaced, in code points."""

    start: int
    stop: int
    revision: int


@dataclass(frozen=True)
class Started:
    """The model has begun to answer."""

    revision: int


@dataclass(frozen=True)
class Progressed:
    """This many characters are in the text by now."""

    revision: int
    characters: int


@dataclass(frozen=True)
class Ended:
    """The last event."""

    outcome: Outcome
    failure: FailureCode | None
    detail: str
    is_cut: bool
    """Whether the model was stopped by its limit of tokens."""
    error: Exception | None = None
    """What went wrong, if neither the assistant failed nor somebody stopped it."""


Event = Started | Progressed | Ended


class Writing:
    """A task at work, and the events to tell of it."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        settings: Settings,
        upstream: Upstream,
        task: AssistantTask,
        asker: Holder,
        assistant: ParticipantRow,
        place: Place | None,
    ) -> None:
        """Without a place it writes at the end of the text."""
        self.task = task
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        """`Ended` is the last.  They need not be read."""
        self._store = store
        self._hub = hub
        self._settings = settings
        self._upstream = upstream
        self._asker = asker
        self._assistant = assistant
        self._place = place
        self._lease = Lease(store, settings, task)
        self._pen: Pen | None = None
        self._answer: Answer | None = None
        self._stopped: asyncio.Future[FailureCode | None] = (
            asyncio.get_running_loop().create_future()
        )
        """Why it is to end; None where somebody wanted that."""
        self._writing = asyncio.create_task(self._run(), name=f"assistant {task.id}")

    async def stop(self, why: FailureCode | None = None) -> None:
        """End it now, for this reason or because somebody wants that; return when it has ended.

        Further calls change nothing.
        """
        if not self._stopped.done():
            self._stopped.set_result(why)
        await self.ended()

    def when_ended(self, call: Callable[[], object]) -> None:
        """Call this when it has ended."""
        self._writing.add_done_callback(lambda _task: call())

    async def ended(self) -> None:
        """Return when it has ended."""
        await asyncio.wait([self._writing])

    async def _run(self) -> None:
        outcome: Outcome = "failed"
        failure: FailureCode | None = "assistant_failed"
        detail = ""
        unexpected: Exception | None = None
        try:
            await self._held()
            outcome, failure = "done", None
        except Cancelled:
            outcome, failure = "cancelled", None
        except AssistantFailed as error:
            failure, detail = error.code, str(error)
        except TimeoutError:
            failure = "assistant_timeout"
        except ServerError as error:
            log.log(
                level_of(error), "assistant_hindered", task=self.task.id, error=type(error).__name__
            )
            unexpected = error
        except Exception as error:
            log.exception("assistant_broken", task=self.task.id)
            unexpected = error
        finally:
            await self._end(outcome, failure)
            is_cut = self._answer is not None and self._answer.is_cut
            self.events.put_nowait(Ended(outcome, failure, detail, is_cut, unexpected))

    async def _held(self) -> None:
        """Write, as long as the task and its lock are held, and nobody stops it."""
        keeping = asyncio.create_task(self._lease.keep())
        writing = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(self._settings.assistant_seconds):
                ends = (writing, keeping, self._stopped)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                writing.result()
            elif keeping.done():
                keeping.result()
            elif (why := self._stopped.result()) is not None:
                raise AssistantFailed(why)
            else:
                raise Cancelled
        finally:
            # The task and its lock are held until nothing more is written.
            for part in (writing, keeping):
                part.cancel()
                await asyncio.gather(part, return_exceptions=True)

    async def _write(self) -> None:
        task, settings = self.task, self._settings
        if task.locks:
            await self._lock()
        actor = await self._hub.actor(task.session_id)
        await actor.caught_up()
        start, stop = await self._here(actor)
        text, language = actor.replica.document.text, actor.replica.info.language
        pen = self._pen = Pen(self._hub, actor, task, self._assistant.id, start, stop)
        prompt = generate_prompt(
            text, start, stop, task.instruction, language, settings.assistant_characters
        )
        async with AsyncExitStack() as stack:
            host = shown(Holder(self._assistant, "editor"))
            stack.enter_context(actor.hosting(host, task.id, task.participant_id))
            answer = self._answer = await stack.enter_async_context(
                self._upstream.answering(prompt)
            )
            self.events.put_nowait(Started(pen.revision))
            pieces = batched(unfenced(answer), 1 / OPERATIONS_PER_SECOND)
            stack.push_async_callback(pieces.aclose)
            async for piece in pieces:
                await pen.write(piece)
                self.events.put_nowait(Progressed(pen.revision, pen.characters))

    async def _lock(self) -> None:
        task = self.task
        # From here on it may be held, also if the answer is lost.
        self._lease.holds_lock = True
        lock = await self._store.set_lock(
            task.session_id,
            task.id,
            self._assistant.id,
            REASON,
            self._settings.lock_seconds,
            self._asker,
        )
        if lock is None:
            raise AssistantFailed("locked")
        self._hub.mark_stale(task.session_id)

    async def _here(self, actor: Actor) -> tuple[int, int]:
        """Return where the place is in the actor's text."""
        history = actor.replica.document.history
        if self._place is None:
            return history.length, history.length
        await actor.reach(self._place.revision)
        since = actor.replica.document.history.since(self._place.revision)
        return (
            transform_index(since, self._place.start),
            transform_index(since, self._place.stop),
        )

    async def _end(self, outcome: Outcome, failure: FailureCode | None) -> None:
        """Let go of the task and its lock; if the store is away, they end by themselves."""
        task, answer = self.task, self._answer
        tokens = (answer.input_tokens, answer.output_tokens) if answer else (0, 0)
        try:
            if self._lease.holds_lock:
                await self._store.release_lock(task.session_id, task.id)
            await self._store.end_assistant_task(
                task.id,
                outcome,
                failure,
                now=time.time(),
                last=await self._last(),
                tokens=tokens,
            )
        except (StoreUnavailable, OutcomeUnknown) as error:
            log.warning("assistant_not_ended", task=task.id, error=type(error).__name__)
        self._hub.mark_stale(task.session_id)

    async def _last(self) -> int | None:
        """Return the last revision that it has written, also one whose outcome was not heard."""
        task, pen = self.task, self._pen
        standing = await self._store.standing(task.session_id, (), (task.id,))
        client = standing.clients.get(task.id) if standing else None
        if client is not None and client.last_revision is not None:
            return client.last_revision
        return pen.last if pen else None  # any edit that was refused came after it
