"""A peer of the server that says whatever it is told to, right or wrong.

Nothing of ours stands between a test and the wire here: what is said is sent as it is,
what is heard is parsed by the standard library, and a close is its number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.patience import within

__all__ = ["Closed", "Message", "Peer", "Room", "join_room", "open_room"]

Message = dict[str, Any]
Frame = Mapping[str, object] | str | bytes
"""A message, the text of a text frame, or the bytes of one, UTF-8 or not."""


class Closed(Exception):
    """The server closed the connection, with this code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Room:
    """A session, and one participant's way into it."""

    url: str
    session_id: str
    link: str
    token: str
    participant: str

    @property
    def text_url(self) -> str:
        return f"{self.url}/api/v1/sessions/{self.session_id}/text"


async def open_room(http: ClientSession, url: str, **body: str) -> Room:
    """Make a session; the room is its owner's."""
    async with http.post(f"{url}/api/v1/rooms", json=body) as response:
        assert response.status == 201, await response.text()
        made = await response.json()
    return Room(url, made["session"]["id"], made["link"], made["token"], made["participant"]["id"])


async def join_room(http: ClientSession, room: Room, name: str) -> Room:
    """Come in by the room's link, as somebody new."""
    async with http.post(f"{room.url}/api/v1/join/{room.link}", json={"name": name}) as response:
        assert response.status == 200, await response.text()
        joined = await response.json()
    return Room(room.url, room.session_id, room.link, joined["token"], joined["participant"]["id"])


class Peer:
    """One WebSocket."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.client = str(uuid4())
        self.revision = 0
        self.length = 0
        self.seq = 0

    @classmethod
    async def dial(cls, http: ClientSession, room: Room, query: str = "") -> Peer:
        """Open a WebSocket, and say nothing yet."""
        url = f"{room.url}/ws/{room.session_id}{query}"
        ws = http.ws_connect(url, protocols=("ot.v1",), max_msg_size=0)
        return cls(await within(ws))

    @classmethod
    async def enter(cls, http: ClientSession, room: Room, **hello: object) -> Peer:
        """Connect, and be welcomed with the text."""
        peer = await cls.dial(http, room)
        await peer.say(peer.hello(room, **hello))
        welcome = await peer.hear()
        assert welcome["type"] == "welcome", welcome
        peer.revision, peer.length = welcome["revision"], len(welcome["text"])
        return peer

    def hello(self, room: Room, **more: object) -> Message:
        """Return the hello of a client that was never here."""
        hello = {"type": "hello", "protocol": 1, "client": self.client, "token": room.token}
        return {**hello, **more}

    async def say(self, frame: Frame) -> None:
        """Send one text frame."""
        if isinstance(frame, Mapping):
            frame = json.dumps(frame)
        if isinstance(frame, str):
            frame = frame.encode()
        await self.ws.send_frame(frame, WSMsgType.TEXT)

    async def hear(self) -> Message:
        """Return the next message.

        Raises:
            Closed: there is none.
        """
        frame = await within(self.ws.receive())
        if frame.type is not WSMsgType.TEXT:
            raise Closed(self.ws.close_code)
        message: Message = json.loads(frame.data)
        if message["type"] == "update":
            self.revision = message["to"]
            self.length += sum(_growth(change.get("op", ())) for change in message["changes"])
        return message

    async def hear_of(self, *types: str) -> Message:
        """Return the next message of one of these types, passing over the others."""
        while True:
            message = await self.hear()
            if message["type"] in types:
                return message

    async def answers(self) -> list[Message]:
        """Return what has been answered until now: all that comes before a pong."""
        await self.say({"type": "ping"})
        heard = []
        while (message := await self.hear_of("error", "reject", "reset", "update", "pong"))[
            "type"
        ] != "pong":
            heard.append(message)
        return heard

    async def closed(self) -> tuple[list[Message], int | None]:
        """Return what is still said, and the code of the close that follows."""
        heard = []
        while True:
            try:
                heard.append(await self.hear())
            except Closed as closed:
                return heard, closed.code

    async def type(self, text: str) -> int:
        """Put `text` at the end, and return the revision at which that is acknowledged."""
        self.seq += 1
        op = [*([self.length] if self.length else []), text]
        await self.say({"type": "edit", "seq": self.seq, "revision": self.revision, "op": op})
        while True:
            answer = await self.hear_of("update", "reject", "error", "reset")
            assert answer["type"] == "update", answer
            if {"ack": self.seq} in answer["changes"]:
                self.length += len(text)
                return self.revision


def _growth(op: list[int | str]) -> int:
    """Return by how many code points an operation makes a text longer."""
    return sum(len(part) if isinstance(part, str) else min(part, 0) for part in op)
