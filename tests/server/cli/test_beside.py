"""Commands beside a running server: they do their work, and nobody who types notices."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.server.props.peer import Peer, Room, join_room, open_room
from tests.servers import ProcessServer


async def ot_server(data: Path, *arguments: str, stdin: str = "") -> tuple[int | None, str, str]:
    """Run a command as a process; return its exit code and what it printed and complained of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ot_server", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"OT_DATA": str(data), "OT_ARGON2_MEMORY": "8192"},
    )
    out, error = await process.communicate(stdin.encode())
    assert "Traceback" not in error.decode()
    return process.returncode, out.decode(), error.decode()


async def flood(peer: Peer, enough: asyncio.Event) -> None:
    """Type until it is enough."""
    while not enough.is_set():
        await peer.type("x")


async def sign_up(http: ClientSession, url: str, data: Path, name: str) -> dict[str, str]:
    """Make an account by the command line, and sign in over the network; return the headers."""
    code, out, error = await ot_server(
        data,
        *("create-user", name, "--email", f"{name}@example.org", "--password-stdin"),
        stdin="correct horse battery\n",
    )
    assert (code, out) == (0, f"{name} has an account now\n"), error
    credentials = {"username": name, "password": "correct horse battery"}
    async with http.post(f"{url}/api/v1/auth/login", json=credentials) as response:
        assert response.status == 200
        return {"Authorization": f"Bearer {(await response.json())['access_token']}"}


async def test_what_is_exported_checked_and_listed_while_people_type_is_whole(
    process_server: ProcessServer, tmp_path: Path
) -> None:
    data = process_server.data
    async with ClientSession() as http:
        room = await open_room(http, process_server.url, text="-")
        peers = [
            await Peer.enter(http, await join_room(http, room, f"guest {n}")) for n in range(2)
        ]
        enough = asyncio.Event()
        typing = [asyncio.create_task(flood(peer, enough)) for peer in peers]
        results = [
            await ot_server(data, *command)
            for command in (
                ["export", "--format", "json", "--output", f"{tmp_path}/out.json", "--"],
                ["fsck", "--"],
                ["export", "--"],
            )
            for command in [[*command, room.session_id]]
        ]
        listed = await ot_server(data, "sessions", "--json")
        enough.set()
        await asyncio.gather(*typing)

    for code, _out, error in results:
        assert (code, error) == (0, "")
    assert set(results[2][1]) == {"-", "x"}
    (session,) = json.loads(listed[1])
    assert session["revisions"] > 1
    other = tmp_path / "other"
    stdin = "correct horse battery\n"
    await ot_server(
        other, "create-user", "ada", "--email", "a@b.c", "--password-stdin", stdin=stdin
    )
    code, out, error = await ot_server(other, "import", f"{tmp_path}/out.json", "--owner", "ada")
    assert code == 0, error
    assert room.session_id in out


async def test_a_role_that_is_given_or_taken_is_seen_by_the_running_server(
    process_server: ProcessServer, tmp_path: Path
) -> None:
    data = process_server.data
    (tmp_path / "main.py").write_text("hello")
    async with ClientSession() as http:
        await sign_up(http, process_server.url, data, "ada")
        ben = await sign_up(http, process_server.url, data, "ben")
        code, out, error = await ot_server(
            data, "import", f"{tmp_path}/main.py", "--owner", "ada", "--quiet"
        )
        assert (code, out, error) == (0, "", "")
        ((_, listed, _),) = [await ot_server(data, "sessions", "--json")]
        session_id = json.loads(listed)[0]["id"]
        assert await status(http, process_server.url, session_id, ben) == 404

        await grant(data, session_id, "ben", "editor")
        assert await status(http, process_server.url, session_id, ben) == 200
        token = ben["Authorization"].split()[1]
        peer = await Peer.enter(http, Room(process_server.url, session_id, "", token, ""))
        assert await peer.type("!") == 2

        await grant(data, session_id, "ben", "viewer")
        changed = await peer.hear_of("session")
        assert changed["role"] == "viewer"


async def grant(data: Path, session_id: str, user: str, role: str) -> None:
    code, out, error = await ot_server(data, "grant", "--", session_id, user, role)
    assert (code, out) == (0, f"{user} is {role} of {session_id}\n"), error


async def status(http: ClientSession, url: str, session_id: str, headers: dict[str, str]) -> int:
    async with http.get(f"{url}/api/v1/sessions/{session_id}/text", headers=headers) as response:
        return response.status


async def test_what_changes_lineages_is_refused_while_a_server_runs(
    process_server: ProcessServer,
) -> None:
    for command in (["bump-epoch", "--all"], ["fsck", "--repair", "--yes"]):
        code, out, error = await ot_server(process_server.data, *command)

        assert (code, out) == (1, "")
        assert error == f"Error: a server works in {str(process_server.data)!r}: stop it first\n"


async def test_who_comes_back_to_a_restored_backup_in_a_new_epoch_starts_from_its_text(
    process_server: ProcessServer,
) -> None:
    data = process_server.data
    async with ClientSession() as http:
        room = await open_room(http, process_server.url, text="kept")
        await process_server.kill()
        backup = {path.name: path.read_bytes() for path in data.iterdir()}
        await process_server.start()
        peer = await Peer.enter(http, room)
        await peer.type(" and lost")
        place = await chain_of(http, room, peer)
        await process_server.kill()

        for path in data.iterdir():
            path.unlink()
        for name, content in backup.items():
            (data / name).write_bytes(content)
        code, out, _ = await ot_server(data, "bump-epoch", "--all")
        assert (code, out) == (0, f"{room.session_id} is in epoch 2\n")
        await process_server.start()

        again = await Peer.dial(http, room)
        await again.say(again.hello(room, **place))
        welcome = await again.hear()
        assert (welcome["text"], welcome["epoch"], welcome["reset"]) == ("kept", 2, "lineage")


async def chain_of(http: ClientSession, room: Room, peer: Peer) -> dict[str, Any]:
    """Return where a client that has seen everything believes to be."""
    other = await Peer.dial(http, room)
    await other.say(other.hello(room))
    welcome = await other.hear()
    await other.ws.close()
    assert welcome["revision"] == peer.revision
    return {key: welcome[key] for key in ("epoch", "revision", "chain")}
