"""`Assistant`: what people may ask of it, and what of that is under way on this node."""

from __future__ import annotations

import asyncio
import time
from typing import Final
from uuid import uuid4

from msgspec import json, structs

from ot_protocol.messages import Diagnostic
from ot_server.assistant.changes import participant_id
from ot_server.assistant.findings import Finding, from_diagnostics, read_findings
from ot_server.assistant.problems import AssistantFailed
from ot_server.assistant.prompts import Prompt, debug_prompt, generate_prompt
from ot_server.assistant.upstream import Answer, Upstream
from ot_server.assistant.writing import Place, Writing
from ot_server.codehelp.ruff import Ruff
from ot_server.errors import AnalysisFailed
from ot_server.session.actor import Actor
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import AssistantRun, ParticipantRow, RunKind

__all__ = ["Assistant"]

NAME: Final = "Assistant"
ENDING_SECONDS: Final = 5.0
"""How long who stops a run of another node waits for that one to hear it."""
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
        """Of this node, by run id."""
        self._readings: dict[str, asyncio.Task[str]] = {}
        """Likewise."""
        self._is_closing = False

    @property
    def is_configured(self) -> bool:
        """Whether there is one."""
        return self._upstream.is_configured

    @property
    def model(self) -> str | None:
        """What it is, if there is one."""
        return self._settings.assistant_model if self.is_configured else None

    async def debug(
        self, actor: Actor, asker: ParticipantRow, spender: str, instruction: str
    ) -> tuple[AssistantRun, list[Finding]]:
        """Return what is wrong with the text at the head; without an assistant, what ruff says.

        Raises:
            AssistantFailed: there is no answer.
            TokensSpent: there won't be one today.
            StoreUnavailable, OutcomeUnknown: the run can't be kept.
        """
        replica = actor.replica
        text, language, revision = replica.document.text, replica.info.language, replica.head
        run = self._new_run("debug", actor, asker, instruction, locks=False)
        known = await self._known(language, text)
        findings = from_diagnostics(known, text, run.id, revision)
        if not self.is_configured:
            await self._begin(run, None, spender)
            await self._end(run, findings, None)
            return run, findings
        if len(text) > self._settings.assistant_characters:
            raise AssistantFailed("assistant_text_too_long")
        prompt = debug_prompt(text, instruction, language, known)
        await self._begin(run, prompt, spender)
        answers: list[Answer] = []
        reading = self._readings[run.id] = asyncio.create_task(self._read(prompt, answers))
        try:
            await asyncio.wait([reading])
            if reading.cancelled():
                raise AssistantFailed("assistant_stopped")
            said = reading.result()
            findings += read_findings(said, text, run.id, revision, len(findings))
        except AssistantFailed as error:
            await self._end(run, findings, error, *answers)
            raise
        finally:
            del self._readings[run.id]
        await self._end(run, findings, None, *answers)
        return run, findings

    async def generate(
        self,
        actor: Actor,
        asker: ParticipantRow,
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
            TokensSpent: it has written enough today.
            RoleLost, StoreUnavailable, OutcomeUnknown: it can't begin.
        """
        self._upstream.require()
        if self._is_closing:
            raise AssistantFailed("assistant_stopped")
        run = self._new_run("generate", actor, asker, instruction, locks=locks)
        text, language = actor.replica.document.text, actor.replica.info.language
        most = self._settings.assistant_characters
        prompt = generate_prompt(text, len(text), len(text), instruction, language, most)
        assistant = await self._participant(asker)
        await self._store.claim_client(actor.id, run.id, assistant.id)
        await self._begin(run, prompt, spender)
        writing = Writing(
            self._store,
            self._hub,
            self._settings,
            self._upstream,
            run,
            asker,
            assistant,
            place,
        )
        self._writings[run.id] = writing
        writing.when_ended(lambda: self._writings.pop(run.id, None))
        return writing

    async def stop(self, run: AssistantRun) -> None:
        """End a run, on whichever node it is; its text stays, and its lock is released.

        Raises:
            StoreUnavailable, OutcomeUnknown: it may go on.
        """
        writing, reading = self._writings.get(run.id), self._readings.get(run.id)
        await self._store.end_assistant_run(run.id, "cancelled", now=time.time(), is_over=False)
        if writing is not None:
            await writing.stop()
        elif reading is not None:
            reading.cancel()
        else:
            await self._store.release_lock(run.session_id, run.id)
            self._hub.mark_stale(run.session_id)
            await self._until_over(run)

    async def close(self) -> None:
        """End what is under way here, and let go of the model."""
        self._is_closing = True
        for reading in self._readings.values():
            reading.cancel()
        writings = [*self._writings.values()]
        await asyncio.gather(*(writing.stop("assistant_stopped") for writing in writings))
        await self._upstream.close()

    def _new_run(
        self, kind: RunKind, actor: Actor, asker: ParticipantRow, instruction: str, *, locks: bool
    ) -> AssistantRun:
        return AssistantRun(
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

    async def _begin(self, run: AssistantRun, prompt: Prompt | None, spender: str) -> None:
        settings = self._settings
        if prompt is not None:
            run = structs.replace(
                run,
                input_tokens=prompt.most_tokens,
                output_tokens=settings.assistant_output_tokens,
            )
        # A run that writes is renewed; one that reads is over by then.
        writes = run.kind == "generate"
        seconds = settings.lock_seconds if writes else settings.assistant_seconds + ENDING_SECONDS
        await self._store.begin_assistant_run(
            run, seconds, spender, settings.assistant_tokens_per_caller, settings.assistant_tokens
        )

    async def _end(
        self,
        run: AssistantRun,
        findings: list[Finding],
        error: AssistantFailed | None,
        *answers: Answer,
    ) -> None:
        await self._store.end_assistant_run(
            run.id,
            "failed" if error else "done",
            error.code if error else None,
            now=time.time(),
            tokens=(
                sum(answer.input_tokens for answer in answers),
                sum(answer.output_tokens for answer in answers),
            ),
            findings=json.encode(findings),
        )

    async def _known(self, language: str, text: str) -> list[Diagnostic]:
        """Return what a linter says of a text, if there is one for it."""
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

    async def _participant(self, asker: ParticipantRow) -> ParticipantRow:
        """Return the assistant as a participant of the session that somebody asks in."""
        id_ = participant_id(asker.session_id)
        row = ParticipantRow(id_, asker.session_id, NAME, "assistant", "editor")
        return await self._store.add_participant(row, by=asker)

    async def _until_over(self, run: AssistantRun) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + ENDING_SECONDS
        while loop.time() < until:
            now = await self._store.assistant_run(run.session_id, run.id)
            if now is None or not now.is_live:
                return
            await asyncio.sleep(LOOK_SECONDS)
