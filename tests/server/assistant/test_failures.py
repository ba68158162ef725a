"""Whatever the model's host says or doesn't: nobody's edits suffer, and nothing it quotes is told.

Each failure is met twice: before anything was written, as a problem, and where the stream has
begun, as an event after which what was written stays and can be taken back.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from aiohttp import ClientSession, web

from ot_server.assistant.failures import FailureCode
from tests.server.props.assisted import assisted
from tests.server.props.messages_api import KEY, Line, MessagesApi, messages_api, refuses, says
from tests.server.props.peer import Peer
from tests.server.props.rest import problem
from tests.server.props.scene import Logs
from tests.servers import Server, StartServer

__all__ = ["messages_api"]

SECRET: Final = "the text that nobody logs"
OUTPUT_TOKENS: Final = 20


@pytest.fixture
def name() -> str:
    """What goes wrong, where a test has it as a parameter."""
    return ""


@pytest.fixture
async def server(start_server: StartServer, messages_api: MessagesApi, name: str) -> Server:
    """A server whose assistant is impatient where that is what goes wrong."""
    impatience = {"assistant_silence_seconds": 0.6} if name == "hang" else {}
    return await start_server(
        **messages_api.settings, **impatience, assistant_output_tokens=OUTPUT_TOKENS
    )


async def hangs(line: Line) -> None:
    await asyncio.sleep(60)


async def hangs_up(line: Line) -> None:
    line.cut()


async def says_something_else(line: Line) -> web.Response:
    return web.Response(text="<html>Welcome to the hotel's network</html>")


async def breaks_its_first_event(line: Line) -> None:
    await line.response.prepare(line.request)
    await line.raw('event: message_start\ndata: {"type": "message_st\n\n')


REFUSALS: Final[dict[str, tuple[object, tuple[int, FailureCode]]]] = {
    "401": (refuses(401, "authentication_error"), (502, "assistant_key_refused")),
    "403": (refuses(403, "permission_error"), (502, "assistant_key_refused")),
    "400": (refuses(400, "invalid_request_error"), (502, "assistant_failed")),
    "429": (refuses(429, "rate_limit_error"), (502, "assistant_overloaded")),
    "500": (refuses(500, "api_error"), (502, "assistant_failed")),
    "529": (refuses(529, "overloaded_error"), (502, "assistant_overloaded")),
    "hang": (hangs, (504, "assistant_timeout")),
    "cut": (hangs_up, (502, "assistant_failed")),
    "another site": (says_something_else, (502, "assistant_failed")),
    "malformed": (breaks_its_first_event, (502, "assistant_failed")),
}


@pytest.mark.parametrize("call", ["generate", "debug"])
@pytest.mark.parametrize("name", REFUSALS)
async def test_what_fails_before_it_begins_is_a_problem(
    server: Server,
    http: ClientSession,
    messages_api: MessagesApi,
    logs: Logs,
    name: str,
    call: str,
) -> None:
    messages_api.script, expected = REFUSALS[name]  # type: ignore[assignment]
    room = await assisted(server, http, text=SECRET)
    peer = await Peer.enter(http, room.room)

    async with room.ask("POST", f"/ai/{call}", instruction="Go") as response:
        body = await response.text()
        assert await problem(response) == expected

    assert "quoting" not in body
    (task,) = await room.tasks()
    assert (task["state"], task["failure"], task["last_revision"]) == ("failed", expected[1], None)
    assert await peer.type("!") == 2  # and nobody is locked out
    logs.are_clean(KEY, SECRET, "quoting")


async def fails_in_the_middle(line: Line) -> None:
    await line.fail("overloaded_error")


async def falls_silent(line: Line) -> None:
    await asyncio.sleep(60)


async def is_cut_off(line: Line) -> None:
    line.cut()


async def ends_too_early(line: Line) -> None:
    pass


async def says_nonsense(line: Line) -> None:
    await line.raw("event: content_block_delta\ndata: {{{\n\n")


async def says_another_shape(line: Line) -> None:
    await line.event("content_block_delta", index=0, delta={"type": "text_delta", "text": [1]})
    await line.event("content_block_delta", index=0)


async def says_too_much(line: Line) -> None:
    await line.say(*["x" * 10] * OUTPUT_TOKENS * 2)
    await line.end()


async def says_a_huge_piece(line: Line) -> None:
    await line.raw('event: content_block_delta\ndata: {"type": "')
    for _ in range(100):
        await line.raw("x" * 2**16)


async def declines(line: Line) -> None:
    await line.end("refusal")


async def says_what_no_text_holds(line: Line) -> None:
    await line.say("a\0b")
    await line.end()


FAILURES: Final[dict[str, tuple[Callable[[Line], Awaitable[None]], FailureCode]]] = {
    "error event": (fails_in_the_middle, "assistant_overloaded"),
    "hang": (falls_silent, "assistant_timeout"),
    "cut": (is_cut_off, "assistant_failed"),
    "no end": (ends_too_early, "assistant_failed"),
    "nonsense": (says_nonsense, "assistant_failed"),
    "another shape": (says_another_shape, "assistant_failed"),
    "too long": (says_too_much, "assistant_failed"),
    "a huge event": (says_a_huge_piece, "assistant_failed"),
    "refusal": (declines, "assistant_declined"),
    "U+0000": (says_what_no_text_holds, "assistant_output_refused"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_what_fails_in_the_middle_is_an_event_and_what_was_written_stays_and_can_be_undone(
    server: Server, http: ClientSession, messages_api: MessagesApi, logs: Logs, name: str
) -> None:
    goes_wrong, code = FAILURES[name]
    is_written = asyncio.Event()

    async def script(line: Line) -> None:
        await line.begin()
        await line.say("half ")
        await is_written.wait()
        await goes_wrong(line)

    messages_api.script = script
    room = await assisted(server, http, text=SECRET)
    peer = await Peer.enter(http, room.room)

    async with room.generating() as events:
        await events.until("progress")
        is_written.set()
        error = await events.until("error")
        assert await events.rest() == []

    assert error["code"] == code
    task = error["task"]
    assert (task["state"], task["failure"]) == ("failed", code)
    text = await room.text()
    assert text.startswith(f"{SECRET}half ")
    head = (await room.do("GET", "/text"))["revision"]
    assert task["last_revision"] == head
    while peer.revision < head:
        await peer.hear()
    assert await peer.type("!") == head + 1
    await room.do("POST", f"/ai/{task['id']}/undo")
    assert await room.text() == f"{SECRET}!"
    logs.are_clean(KEY, SECRET, "quoting", "half ")


@pytest.mark.parametrize("name", ["error event", "hang", "cut", "nonsense", "too long", "refusal"])
async def test_what_fails_in_the_middle_of_a_search_is_a_problem(
    server: Server, http: ClientSession, messages_api: MessagesApi, name: str
) -> None:
    goes_wrong, code = FAILURES[name]

    async def script(line: Line) -> None:
        await line.begin()
        await line.say('{"find')
        await goes_wrong(line)

    messages_api.script = script
    room = await assisted(server, http, text="import os\n")
    async with room.ask("POST", "/ai/debug") as response:
        assert (await problem(response))[1] == code
    (task,) = await room.tasks()
    assert (task["state"], task["failure"]) == ("failed", code)
    assert task["input_tokens"] == 25


async def test_an_answer_that_grows_the_text_beyond_its_limit_ends_there(
    start_server: StartServer, http: ClientSession, messages_api: MessagesApi
) -> None:
    server = await start_server(**messages_api.settings, document_bytes=20)
    room = await assisted(server, http, text="0123456789")
    messages_api.script = says("x" * 100)
    async with room.generating() as events:
        error = await events.until("error")
    assert error["code"] == "assistant_output_refused"
    assert await room.text() == "0123456789"


async def test_an_answer_may_take_so_long_and_no_longer(
    start_server: StartServer, http: ClientSession, messages_api: MessagesApi
) -> None:
    async def script(line: Line) -> None:
        await line.begin()
        while True:
            await line.say("x")
            await asyncio.sleep(0.05)

    messages_api.script = script
    server = await start_server(**messages_api.settings, assistant_seconds=0.5)
    room = await assisted(server, http)
    async with room.generating() as events:
        assert (await events.until("error"))["code"] == "assistant_timeout"
    async with room.ask("POST", "/ai/debug") as response:
        assert await problem(response) == (504, "assistant_timeout")


async def test_a_server_that_stops_ends_what_it_writes_and_releases_the_lock(
    start_server: StartServer, http: ClientSession, messages_api: MessagesApi
) -> None:
    async def script(line: Line) -> None:
        await line.begin()
        await line.say("x")
        await asyncio.sleep(60)

    messages_api.script = script
    server = await start_server(**messages_api.settings)
    room = await assisted(server, http)
    async with room.generating() as events:
        await events.until("progress")
        await server.assistant.close()
        assert (await events.until("error"))["code"] == "assistant_stopped"
    standing = await server.store.standing(room.room.session_id, (), ())
    assert standing is not None
    assert standing.lock is None
    async with room.ask("POST", "/ai/generate", instruction="more") as response:
        assert await problem(response) == (503, "assistant_stopped")


@pytest.mark.parametrize(
    ("has_key", "missing"), [(False, "OT_ASSISTANT_KEY"), (True, "ot-collab[ai]")]
)
async def test_without_a_key_or_its_package_it_says_so_and_the_linter_still_answers(
    start_server: StartServer,
    http: ClientSession,
    messages_api: MessagesApi,
    monkeypatch: pytest.MonkeyPatch,
    has_key: bool,
    missing: str,
) -> None:
    if has_key:
        monkeypatch.setitem(sys.modules, "anthropic", None)  # as if it were not installed
    server = await start_server(**(messages_api.settings if has_key else {}))
    room = await assisted(server, http, text="import os\n")
    async with room.ask("POST", "/ai/generate", instruction="more") as response:
        assert await problem(response) == (503, "assistant_not_configured")
        assert missing in await response.text()
    found = await room.do("POST", "/ai/debug")
    (item,) = found["items"]
    assert (item["source"], item["first_line"], item["category"]) == ("ruff", 1, "bug")
    assert "os" in item["explanation"]
    assert found["task"]["model"] is None
    assert (await room.do("GET", "/ai"))["configured"] is False
    assert messages_api.questions == []
