"""Print the worked example of ``docs/protocol.md``: ``python -m tools.protocol_example``.

Two clients meet on a server of their own; what is printed is what went over the
wire.  Their tokens travel in the Authorization header.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from typing import Any
from zlib import crc32

from aiohttp import ClientSession, ClientWebSocketResponse


class Voice:
    """One WebSocket of one client; what it says and hears is printed."""

    def __init__(self, name: str, ws: ClientWebSocketResponse) -> None:
        self._name = name
        self._ws = ws

    @classmethod
    async def dial(cls, name: str, http: ClientSession, session: str, token: str) -> Voice:
        headers = {"Authorization": f"Bearer {token}"}
        ws = await http.ws_connect(f"/ws/{session}", protocols=("ot.v1",), headers=headers)
        return cls(name, ws)

    async def say(self, message: dict[str, Any]) -> None:
        show(self._name, ">", message)
        await self._ws.send_str(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    async def hear(self, kind: str) -> dict[str, Any]:
        """Print what comes, up to the first message of this type, and return that."""
        while True:
            message: dict[str, Any] = json.loads(await self._ws.receive_str())
            show(self._name, "<", message)
            if message["type"] == kind:
                return message

    async def hang_up(self) -> None:
        await self._ws.close()


def show(name: str, direction: str, message: dict[str, Any]) -> None:
    print(name, direction, json.dumps(message, ensure_ascii=False, separators=(",", ":")))


def title(text: str) -> None:
    print(f"\n-- {text}")


def edit(seq: int, revision: int, op: list[int | str]) -> dict[str, Any]:
    return {"type": "edit", "seq": seq, "revision": revision, "op": op}


async def meet(http: ClientSession) -> None:
    """Play the example."""
    async with http.post("/api/v1/rooms", json={"name": "Ada", "text": "hi"}) as response:
        room = await response.json()
    async with http.post(f"/api/v1/join/{room['link']}", json={"name": "Bob"}) as response:
        joined = await response.json()
    session = room["session"]["id"]
    hello: dict[str, Any] = {"type": "hello", "protocol": 1}
    ada_hello = hello | {"client": "11111111-1111-4111-8111-111111111111"}
    bob_hello = hello | {"client": "22222222-2222-4222-8222-222222222222"}

    title("Ada joins, then Bob")
    ada = await Voice.dial("Ada", http, session, room["token"])
    await ada.say(ada_hello)
    await ada.hear("welcome")
    bob = await Voice.dial("Bob", http, session, joined["token"])
    await bob.say(bob_hello)
    await bob.hear("welcome")
    await ada.hear("participants")

    title('both type at the end of "hi", at once: Ada "!", Bob " 😀"')
    await ada.say(edit(1, 1, [2, "!"]))
    await ada.hear("update")
    await bob.say(edit(1, 1, [2, " 😀"]))
    await bob.hear("update")
    await bob.hear("update")
    last = await ada.hear("update")

    title("Ada's connection breaks before the answer to seq 2 arrives; Bob types on")
    await ada.say(edit(2, 3, [-1, "H", 4]))
    await bob.hear("update")
    await ada.hang_up()
    await bob.hear("participants")
    await bob.say(edit(2, 4, [5, "?"]))
    await bob.hear("update")

    title("Ada comes back, and says from where")
    ada = await Voice.dial("Ada", http, session, room["token"])
    place = {"epoch": 1, "revision": last["to"], "chain": last["chain"], "outstanding": 2}
    await ada.say(ada_hello | place)
    await ada.hear("welcome")
    await bob.hear("participants")

    title("a resend of what was committed is acknowledged again; a bad edit is rejected")
    await ada.say(edit(2, 3, [-1, "H", 4]))
    await ada.hear("update")
    await ada.say(edit(3, 5, [1, "?"]))
    await ada.hear("reject")

    title("presence, a checksum, a ping")
    await bob.say({"type": "presence", "revision": 5, "selections": [[3, 4]], "typing": False})
    await ada.hear("presence")
    await bob.say({"type": "verify", "revision": 5, "crc32": crc32("Hi 😀!?".encode())})
    await bob.say({"type": "ping"})
    await bob.hear("pong")
    await ada.hang_up()
    await bob.hang_up()


async def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ot_server", "serve"),
            *("--port", "0", "--data", data, "--log-level", "warning"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            url = (await process.stdout.readline()).decode().split()[-1]
            async with ClientSession(url) as http:
                await meet(http)
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
