"""A server of the tests' own that speaks the Messages API, as the real client expects it.

What it says is a script of the test's: a function that is given the line to one client, and
says piece by piece what comes over it, whether that is good or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
import pytest
from aiohttp import web

from tests.patience import within

__all__ = [
    "KEY",
    "Dictation",
    "Line",
    "MessagesApi",
    "Script",
    "messages_api",
    "obliges",
    "refuses",
    "says",
    "serving",
]

KEY: Final = "sk-that-nobody-may-see"
INPUT_TOKENS: Final = 25


class Line:
    """The way to one client that asks."""

    def __init__(self, request: web.Request, question: dict[str, Any]) -> None:
        self.question = question
        """The body of the request."""
        self.request = request
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})

    async def begin(self) -> None:
        """Answer 200, and begin a message with one block of text."""
        await self._response.prepare(self.request)
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": [],
            "model": self.question["model"],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": 1},
        }
        await self.event("message_start", message=message)
        block = {"type": "text", "text": ""}
        await self.event("content_block_start", index=0, content_block=block)
        await self.event("ping")

    async def say(self, *texts: str) -> None:
        """Send pieces of text."""
        for text in texts:
            delta = {"type": "text_delta", "text": text}
            await self.event("content_block_delta", index=0, delta=delta)

    async def end(self, reason: str = "stop_sequence", output_tokens: int = 7) -> None:
        """End the message as it should end."""
        await self.event("content_block_stop", index=0)
        delta = {"stop_reason": reason, "stop_sequence": None}
        await self.event("message_delta", delta=delta, usage={"output_tokens": output_tokens})
        await self.event("message_stop")

    async def fail(self, type_: str) -> None:
        """Send an error in the middle of the stream."""
        await self.event("error", error={"type": type_, "message": "quoting the key"})

    async def event(self, name: str, **data: object) -> None:
        """Send an event."""
        await self.raw(
            f"event: {name}\ndata: {msgspec.json.encode({'type': name, **data}).decode()}\n\n"
        )

    async def raw(self, text: str) -> None:
        """Send what is perhaps no event."""
        await self._response.write(text.encode())

    def cut(self) -> None:
        """Hang up, whatever was to follow."""
        assert self.request.transport is not None
        self.request.transport.abort()

    @property
    def response(self) -> web.StreamResponse:
        """What was begun."""
        return self._response


Script = Callable[[Line], Awaitable[web.StreamResponse | None]]


def says(*texts: str, tokens: int = 7, reason: str = "end_turn") -> Script:
    """Return a script that says this, and nothing else."""

    async def script(line: Line) -> None:
        await line.begin()
        await line.say(*texts)
        await line.end(reason, tokens)

    return script


def refuses(status: int, type_: str) -> Script:
    """Return a script that answers with an error."""

    async def script(_line: Line) -> web.Response:
        error = {"type": "error", "error": {"type": type_, "message": "quoting the key"}}
        return web.json_response(error, status=status, headers={"x-should-retry": "false"})

    return script


async def obliges(line: Line) -> None:
    """Say something that fits the question, and not much."""
    answer = '{"proposals": []}' if "proposals" in line.question["system"] else "pass"
    await says(answer)(line)


class MessagesApi:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.url = ""
        self.questions: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.script: Script = obliges
        self.asked = asyncio.Event()

    @property
    def settings(self) -> dict[str, object]:
        """What lets a server use it."""
        return {"assistant_key": KEY, "assistant_url": self.url}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one question, as the script has it."""
        question = await request.json()
        self.questions.append(question)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.keys.append(request.headers.get("x-api-key", bearer))
        self.asked.set()
        line = Line(request, question)
        answer = None
        with suppress(ConnectionError):  # the caller wants to hear no more
            answer = await self.script(line)
        return answer if answer is not None else line.response


class Dictation:
    """A script whose words a test gives one by one."""

    def __init__(self, api: MessagesApi) -> None:
        self._words: asyncio.Queue[str | None] = asyncio.Queue()
        api.script = self._speak

    def say(self, *words: str) -> None:
        """Let the model say this next."""
        for word in words:
            self._words.put_nowait(word)

    def end(self) -> None:
        """Let that be all."""
        self._words.put_nowait(None)

    async def _speak(self, line: Line) -> None:
        await line.begin()
        while (word := await within(self._words.get())) is not None:
            await line.say(word)
        await line.end()


@asynccontextmanager
async def serving() -> AsyncIterator[MessagesApi]:
    """Serve the Messages API on a free port."""
    api = MessagesApi()
    app = web.Application()
    app.router.add_post("/v1/messages", api.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


@pytest.fixture
async def messages_api() -> AsyncIterator[MessagesApi]:
    """A server that speaks the Messages API."""
    async with serving() as api:
        yield api
