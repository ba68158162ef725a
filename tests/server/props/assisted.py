"""A session with people in it whom an assistant helps, and what it tells them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import ClientResponse, ClientSession

from tests.patience import within
from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.server.props.rest import bearing
from tests.servers import ProcessServer, Server

__all__ = ["Assisted", "Events", "assisted", "lock_told"]


@dataclass
class Events:
    """The events of one generation."""

    response: ClientResponse
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def next(self) -> tuple[str, dict[str, Any]] | None:
        """Return the next event, or None at the end."""
        name = ""
        while line := (await within(self.response.content.readline())).decode():
            if line.startswith("event: "):
                name = line.removeprefix("event: ").strip()
            elif line.startswith("data: "):
                event = name, msgspec.json.decode(line.removeprefix("data: "))
                self.seen.append(event)
                return event
        return None

    async def until(self, name: str) -> dict[str, Any]:
        """Return the data of the next event of this name."""
        while event := await self.next():
            if event[0] == name:
                return event[1]
        raise AssertionError(f"no {name} came, but {self.seen}")

    async def rest(self) -> list[str]:
        """Return the names of all events that are still to come."""
        before = len(self.seen)
        while await self.next():
            pass
        return [name for name, _ in self.seen[before:]]


@dataclass
class Assisted:
    """A room, and its owner's calls."""

    server: Server | ProcessServer
    http: ClientSession
    room: Room

    def url(self, path: str = "") -> str:
        return f"{self.server.url}/api/v1/sessions/{self.room.session_id}{path}"

    @asynccontextmanager
    async def ask(
        self, method: str, path: str, room: Room | None = None, **body: object
    ) -> AsyncIterator[ClientResponse]:
        """Make a call, as the owner or as somebody else in the room."""
        headers = bearing((room or self.room).token)
        json = body if method in ("POST", "PUT", "PATCH") else None
        url = self.url(path)
        async with self.http.request(method, url, headers=headers, json=json) as response:
            yield response

    async def do(self, method: str, path: str, room: Room | None = None, **body: object) -> Any:
        """Make a call that has to succeed; return what it answers, if anything."""
        async with self.ask(method, path, room, **body) as response:
            assert response.status in (200, 204), await response.text()
            return await response.json() if response.status == 200 else None

    @asynccontextmanager
    async def generating(self, instruction: str = "Go on", **more: object) -> AsyncIterator[Events]:
        """Let the assistant write, and listen to it in this block."""
        body = {"instruction": instruction, **more}
        async with self.ask("POST", "/ai/generate", None, **body) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            yield Events(response)

    async def text(self) -> str:
        """Return the text as it is now."""
        return str((await self.do("GET", "/text"))["text"])

    async def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks of the assistant here."""
        tasks: list[dict[str, Any]] = (await self.do("GET", "/ai"))["items"]
        return tasks

    async def guest(self, name: str = "Ben") -> tuple[Room, Peer]:
        """Let somebody else in by link, who may edit and is connected."""
        room = await join_room(self.http, self.room, name)
        return room, await Peer.enter(self.http, room)


async def lock_told(peer: Peer) -> Any:
    """Return the lock that somebody is told of next, or None where there is none any more."""
    while "lock" not in (told := await peer.hear_of("session")):
        pass
    return told["lock"]


async def assisted(server: Server | ProcessServer, http: ClientSession, text: str = "") -> Assisted:
    """Return a room with a text."""
    return Assisted(server, http, await open_room(http, server.url, text=text))
