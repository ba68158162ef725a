"""What the assistant proposes, and how one click applies it, whatever others type."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientSession

from ot_core import Operation
from tests.server.props.assisted import Assisted, assisted
from tests.server.props.messages_api import Line, MessagesApi, messages_api, says
from tests.server.props.peer import Peer
from tests.server.props.rest import problem
from tests.servers import Server, StartServer

__all__ = ["messages_api"]

TEXT = "def f(a):\n    return a / 0\n\nprint(f(1))\n"


@pytest.fixture
async def server(start_server: StartServer, messages_api: MessagesApi) -> Server:
    """A server with an assistant."""
    return await start_server(**messages_api.settings)


def mistake(first: int, last: int, replacement: str | None, **more: object) -> dict[str, object]:
    return {
        "first_line": first,
        "last_line": last,
        "severity": "error",
        "category": "bug",
        "explanation": "It is wrong.",
        "replacement": replacement,
        **more,
    }


def finds(*proposals: object) -> Any:
    """Return a script that finds these, in the words that models put around JSON."""
    answer = json.dumps({"proposals": proposals})
    return says("Here you are:\n```json\n", answer[:20], answer[20:], "\n```\n")


async def found(room: Assisted) -> list[dict[str, Any]]:
    """Return what the assistant finds, without the linter."""
    items = (await room.do("POST", "/ai/debug"))["items"]
    return [item for item in items if item["source"] == "assistant"]


async def test_proposals_have_lines_severity_category_explanation_and_replacement(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = finds(
        mistake(2, 2, "    return a\r\n"),
        mistake(1, 4, None, severity="info", category="security", more="ignored"),
    )
    answer = await room.do("POST", "/ai/debug", instruction="division")
    first, second = answer["items"]
    task = answer["task"]
    assert first == {
        "id": f"{task['id']}.0",
        "source": "assistant",
        "first_line": 2,
        "last_line": 2,
        "severity": "error",
        "category": "bug",
        "explanation": "It is wrong.",
        "replacement": "    return a",
        "revision": 1,
        "applied": None,
    }
    assert (second["severity"], second["category"]) == ("info", "security")
    assert (task["kind"], task["state"], task["instruction"]) == ("debug", "done", "division")
    assert await room.do("GET", f"/ai/{task['id']}") == answer
    question = messages_api.questions[0]["messages"][0]["content"]
    assert "2|     return a / 0" in question
    assert "Look at this above all: division" in question


async def test_what_the_linter_has_found_is_told_to_the_model_and_listed_with_its_fixes(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text="import os\nimport sys\n\nprint(sys.argv)\n")
    messages_api.script = finds(mistake(4, 4, None))
    ruff, assistant = (await room.do("POST", "/ai/debug"))["items"]
    assert "line 1: F401" in messages_api.questions[0]["messages"][0]["content"]
    assert (ruff["source"], assistant["source"]) == ("ruff", "assistant")
    assert (ruff["first_line"], ruff["last_line"], ruff["replacement"]) == (1, 1, "")
    await room.do("POST", f"/ai/proposals/{ruff['id']}/apply")
    assert await room.text() == "import sys\n\nprint(sys.argv)\n"


async def test_what_makes_no_sense_is_left_out(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = finds(
        mistake(0, 1, "x"),
        mistake(4, 2, "x"),
        mistake(2, 99, "x"),
        mistake(2, 2, "a\0b"),
        mistake(2, 2, "x" * 100_000),
        mistake(2, 2, "x", severity="fatal"),
        mistake(2, 2, "x", category="taste"),
        mistake(2, 2, "x", explanation=""),
        "nonsense",
        mistake(3, 3, "x"),
        *[mistake(1, 1, None)] * 100,
    )
    items = await found(room)
    assert [item["first_line"] for item in items] == [3, *[1] * 49]


@pytest.mark.parametrize("answer", ["", "All is well!", "[1]", "{}", '{"proposals": 3}', "{" * 999])
async def test_an_answer_of_another_kind_is_none(
    server: Server, http: ClientSession, messages_api: MessagesApi, answer: str
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = says(answer)
    async with room.ask("POST", "/ai/debug") as response:
        assert await problem(response) == (502, "assistant_failed")


async def test_a_proposal_is_made_where_its_lines_are_now(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = finds(mistake(2, 2, "    return a / 1"))
    (item,) = await found(room)
    text = TEXT.replace("def f", "import os\n\n\ndef f").replace("print", "x = ")
    await room.do("PUT", "/text", text=text.replace("return a", "return abc"))

    made = await room.do("POST", f"/ai/proposals/{item['id']}/apply")

    # What others typed on that very line stays as well.
    expected = "import os\n\n\ndef f(a):\n    return abc / 1\n\nx = (f(1))\n"
    assert await room.text() == expected
    kept = await room.do("GET", f"/ai/{item['id'].rpartition('.')[0]}")
    assert kept["items"][-1]["applied"] == made["revision"]
    blame = (await room.do("GET", "/blame"))["items"]
    assert blame[0]["participant"]["id"] == room.room.participant


async def test_a_proposal_whose_line_has_been_deleted_is_refused(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = finds(mistake(2, 4, "    return a\n\nprint(f(2))"))
    (item,) = await found(room)
    left = TEXT.replace("    return a / 0\n", "")
    await room.do("PUT", "/text", text=left)
    async with room.ask("POST", f"/ai/proposals/{item['id']}/apply") as response:
        assert await problem(response) == (409, "lines_gone")
    assert await room.text() == left


@pytest.mark.parametrize(
    ("text", "line", "cut", "becomes"),
    [
        ("a\n\nb", 2, (1, 2, ""), None),
        ("a\n\nb", 2, (2, 3, ""), None),
        ("a\n\nb", 2, (0, 4, ""), None),
        ("a\n\nb", 2, (1, 3, "; "), None),
        ("\nb", 1, (0, 1, ""), None),
        ("a\n", 2, (1, 2, ""), None),
        ("a\n\nb", 2, (0, 2, ""), "x = 1\nb"),
        ("a\n\nb", 2, (2, 4, ""), "a\nx = 1"),
        ("a\n\nb", 2, (1, 1, "!"), "a!\nx = 1\nb"),
        ("a\n\nb", 2, (3, 3, "!"), "a\nx = 1\n!b"),
        ("a\n\nb", 2, (2, 2, " # y\n"), "a\nx = 1 # y\n\nb"),
        ("\nb", 1, (1, 2, ""), "x = 1\n"),
        ("a\n", 2, (0, 1, ""), "\nx = 1"),
        ("", 1, (0, 0, " # y"), "x = 1 # y"),
    ],
)
async def test_a_proposal_for_an_empty_line_is_made_only_where_that_is_still_a_line(
    server: Server,
    http: ClientSession,
    messages_api: MessagesApi,
    text: str,
    line: int,
    cut: tuple[int, int, str],
    becomes: str | None,
) -> None:
    room = await assisted(server, http, text=text)
    messages_api.script = finds(mistake(line, line, "x = 1"))
    (item,) = await found(room)
    peer = await Peer.enter(http, room.room)
    edit = {"seq": 1, "revision": peer.revision, "op": Operation.replace(len(text), *cut).to_wire()}
    await peer.say({"type": "edit", **edit})
    await peer.hear_of("update")
    left = await room.text()

    async with room.ask("POST", f"/ai/proposals/{item['id']}/apply") as response:
        if becomes is None:
            assert await problem(response) == (409, "lines_gone")
    assert await room.text() == (left if becomes is None else becomes)


async def test_a_proposal_is_made_once_however_many_ask_for_it(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    ben, _ = await room.guest()
    messages_api.script = finds(mistake(4, 4, "print(f(1), f(2))"))
    (item,) = await found(room)
    apply = f"/ai/proposals/{item['id']}/apply"
    answers = await asyncio.gather(
        *(room.do("POST", apply, who) for who in (None, ben, None, ben, None))
    )
    answers.append(await room.do("POST", apply, ben))
    assert {answer["revision"] for answer in answers} == {2}
    assert await room.text() == TEXT.replace("f(1)", "f(1), f(2)")


async def test_lines_can_be_taken_away_and_what_proposes_nothing_changes_nothing(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text="a\nb\nc")
    messages_api.script = finds(mistake(3, 3, ""), mistake(1, 1, ""), mistake(1, 1, None))
    last, first, neither = await found(room)
    for item in (last, first):
        await room.do("POST", f"/ai/proposals/{item['id']}/apply")
    assert await room.text() == "b"
    async with room.ask("POST", f"/ai/proposals/{neither['id']}/apply") as response:
        assert await problem(response) == (409, "nothing_proposed")
    for unknown in (neither["id"].replace(".", ".9"), "x", "x.0"):
        async with room.ask("POST", f"/ai/proposals/{unknown}/apply") as response:
            assert await problem(response) == (404, "no_such_proposal")


async def test_a_proposal_waits_while_the_session_is_locked(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    messages_api.script = finds(mistake(4, 4, "pass"))
    (item,) = await found(room)
    release = asyncio.Event()

    async def script(line: Line) -> None:
        await line.begin()
        await release.wait()
        await line.end()

    messages_api.script = script
    async with room.generating() as events:
        async with room.ask("POST", f"/ai/proposals/{item['id']}/apply") as response:
            assert await problem(response) == (423, "locked")
        release.set()
        await events.until("done")
    await room.do("POST", f"/ai/proposals/{item['id']}/apply")
    assert (await room.text()).endswith("pass\n")


async def test_a_text_that_is_too_long_is_not_read(
    start_server: StartServer, http: ClientSession, messages_api: MessagesApi
) -> None:
    server = await start_server(**messages_api.settings, assistant_characters=20)
    room = await assisted(server, http, text=TEXT)
    async with room.ask("POST", "/ai/debug") as response:
        assert await problem(response) == (413, "assistant_text_too_long")
    async with room.generating(selection=[26, 27]) as events:
        await events.until("done")
    content = messages_api.questions[0]["messages"][0]["content"]
    assert "urn a" in content
    assert "def f" not in content


async def test_viewers_read_what_was_found_and_have_nothing_looked_for(
    server: Server, http: ClientSession, messages_api: MessagesApi
) -> None:
    room = await assisted(server, http, text=TEXT)
    ben, peer = await room.guest()
    assert isinstance(peer, Peer)
    messages_api.script = finds(mistake(4, 4, "pass"))
    (item,) = await found(room)
    await server.store.set_role(room.room.session_id, ben.participant, "viewer")
    task = (await room.do("GET", "/ai", ben))["items"][0]
    assert (await room.do("GET", f"/ai/{task['id']}", ben))["items"][0]["id"] == item["id"]
    for path in ("/ai/debug", f"/ai/proposals/{item['id']}/apply", f"/ai/{task['id']}/undo"):
        async with room.ask("POST", path, ben) as response:
            assert await problem(response) == (403, "forbidden")
