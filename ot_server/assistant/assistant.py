"""`Assistant`: what people can ask of it, and the tasks that are under way on this node."""

from __future__ import annotations

import asyncio
import time
from typing import Final
from uuid import uuid4

from msgspec import json, structs

from ot_protocol.messages import Diagnostic
from ot_server.assistant.changes import participant_id
from ot_server.assistant.failures import AssistantFailed
from ot_server.assistant.prompts import Prompt, debug_prompt, generate_prompt
from ot_server.assistant.proposals import Proposal, from_diagnostics, read_proposals
from ot_server.assistant.upstream import Answer, Upstream
from ot_server.assistant.writing import Place, Writing
from ot_server.codehelp.ruff import Ruff
from ot_server.errors import AnalysisFailed
from ot_server.session.actor import Actor
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantTask, Holder, ParticipantRow, TaskKind

__all__ = ["Assistant"]

NAME: Final = "Assistant"
ENDING_SECONDS: Final = 5.0
"""How long a call that stops a task on another node waits for that node to end it."""
LOOK_SECONDS: Final = 0.2


class Assistant:
    """Asks, reads, writes."""

    def __init__(self, settings: Settings, store: Store, hub: Hub, ruff: Ruff) -> None:
        self._settings = settings
        self._store = store
        self._hub = hub
        self._ruff = ruff
        self._upstream = Upstream(settings)
        self._writings: dict[str, Writing] = {}
        """Those of this node, by task id."""
        self._readings: dict[str, asyncio.Task[str]] = {}
        """Likewise."""
        self._is_closing = False

    @property
    def is_configured(self) -> bool:
        """Whether there is one."""
        return self._upstream.is_configured

    @property
    def model(self) -> str | None:
        """Its name, if there is one."""
        return self._settings.assistant_model if self.is_configured else None

    async def debug(
        self, actor: Actor, asker: Holder, spender: str, instruction: str
    ) -> tuple[AssistantTask, list[Proposal]]:
        """Make proposals for the text at the head; without an assistant they are ruff's.

        Raises:
            AssistantFailed: there is no answer.
            TokensSpent: the tokens of a day are spent.
            StoreUnavailable, OutcomeUnknown: the task can't be kept.
        """
        replica = actor.replica
        text, language, revision = replica.document.text, replica.info.language, replica.head
        task = self._new_task("debug", actor, asker, instruction, locks=False)
        known = await self._known(language, text)
        proposals = from_diagnostics(known, text, task.id, revision)
        if not self.is_configured:
            await self._begin(task, None, spender)
            await self._end(task, proposals, None)
            return task, proposals
        if len(text) > self._settings.assistant_characters:
            raise AssistantFailed("assistant_text_too_long")
        prompt = debug_prompt(text, instruction, language, known)
        await self._begin(task, prompt, spender)
        answers: list[Answer] = []
        reading = self._readings[task.id] = asyncio.create_task(self._read(prompt, answers))
        try:
            await asyncio.wait([reading])
            if reading.cancelled():
                raise AssistantFailed("assistant_stopped")
            said = reading.result()
            proposals += read_proposals(said, text, task.id, revision, len(proposals))
        except AssistantFailed as error:
            await self._end(task, proposals, error, *answers)
            raise
        finally:
            del self._readings[task.id]
        await self._end(task, proposals, None, *answers)
        return task, proposals

    async def generate(
        self,
        actor: Actor,
        asker: Holder,
        spender: str,
        instruction: str,
        place: Place | None,
        *,
        locks: bool,
    ) -> Writing:
        """Begin to write into a session.

        Raises:
            AssistantFailed: there is no assistant.
            AlreadyWriting: it does so already.
            TokensSpent: the tokens of a day are spent.
            RoleLost, StoreUnavailable, OutcomeUnknown: it can't begin.
        """
        self._upstream.require()
        if self._is_closing:
            raise AssistantFailed("assistant_stopped")
        task = self._new_task("generate", actor, asker, instruction, locks=locks)
        text, language = actor.replica.document.text, actor.replica.info.language
        most = self._settings.assistant_characters
        prompt = generate_prompt(text, len(text), len(text), instruction, language, most)
        assistant = await self._participant(asker)
        await self._store.claim_client(actor.id, task.id, assistant.id)
        await self._begin(task, prompt, spender)
        writing = Writing(
            self._store,
            self._hub,
            self._settings,
            self._upstream,
            task,
            asker,
            assistant,
            place,
        )
        self._writings[task.id] = writing
        writing.when_ended(lambda: self._writings.pop(task.id, None))
        return writing

    async def stop(self, task: AssistantTask) -> None:
        """End a task on any node; its text stays, and its lock is released.

        Raises:
            StoreUnavailable, OutcomeUnknown: it may go on.
        """
        writing, reading = self._writings.get(task.id), self._readings.get(task.id)
        await self._store.end_assistant_task(task.id, "cancelled", now=time.time(), is_over=False)
        if writing is not None:
            await writing.stop()
        elif reading is not None:
            reading.cancel()
        else:
            await self._store.release_lock(task.session_id, task.id)
            self._hub.mark_stale(task.session_id)
            await self._until_over(task)

    async def close(self) -> None:
        """End what is under way here, and let go of the model."""
        self._is_closing = True
        for reading in self._readings.values():
            reading.cancel()
        writings = [*self._writings.values()]
        await asyncio.gather(*(writing.stop("assistant_stopped") for writing in writings))
        await self._upstream.close()

    def _new_task(
        self, kind: TaskKind, actor: Actor, asker: Holder, instruction: str, *, locks: bool
    ) -> AssistantTask:
        return AssistantTask(
            id=str(uuid4()),
            session_id=actor.id,
            kind=kind,
            participant_id=asker.id,
            instruction=instruction,
            model=self.model,
            locks=locks,
            epoch=actor.replica.epoch,
            first=actor.replica.head,
            started_at=time.time(),
        )

    async def _begin(self, task: AssistantTask, prompt: Prompt | None, spender: str) -> None:
        settings = self._settings
        if prompt is not None:
            task = structs.replace(
                task,
                input_tokens=prompt.most_tokens,
                output_tokens=settings.assistant_output_tokens,
            )
        # A task that writes renews its lease; one that reads is over by then.
        writes = task.kind == "generate"
        seconds = settings.lock_seconds if writes else settings.assistant_seconds + ENDING_SECONDS
        await self._store.begin_assistant_task(
            task, seconds, spender, settings.assistant_tokens_per_caller, settings.assistant_tokens
        )

    async def _end(
        self,
        task: AssistantTask,
        proposals: list[Proposal],
        error: AssistantFailed | None,
        *answers: Answer,
    ) -> None:
        await self._store.end_assistant_task(
            task.id,
            "failed" if error else "done",
            error.code if error else None,
            now=time.time(),
            tokens=(
                sum(answer.input_tokens for answer in answers),
                sum(answer.output_tokens for answer in answers),
            ),
            proposals=json.encode(proposals),
        )

    async def _known(self, language: str, text: str) -> list[Diagnostic]:
        """Return the diagnostics of a text, if there is a linter for it."""
        if not self._settings.diagnostics or language not in self._ruff.languages:
            return []
        try:
            return await self._ruff.diagnose(text)
        except AnalysisFailed:
            return []

    async def _read(self, prompt: Prompt, answers: list[Answer]) -> str:
        try:
            async with (
                asyncio.timeout(self._settings.assistant_seconds),
                self._upstream.answering(prompt) as answer,
            ):
                answers.append(answer)
                return "".join([piece async for piece in answer])
        except TimeoutError:
            raise AssistantFailed("assistant_timeout") from None

    async def _participant(self, asker: Holder) -> ParticipantRow:
        """Return the assistant as a participant of the session that somebody asks in."""
        id_ = participant_id(asker.participant.session_id)
        row = ParticipantRow(id_, asker.participant.session_id, NAME, "assistant", "editor")
        return await self._store.add_participant(row, by=asker)

    async def _until_over(self, task: AssistantTask) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + ENDING_SECONDS
        while loop.time() < until:
            now = await self._store.assistant_task(task.session_id, task.id)
            if now is None or not now.is_live:
                return
            await asyncio.sleep(LOOK_SECONDS)
