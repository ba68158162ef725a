"""The server over Postgres: several nodes on one database, its crash, and the commands beside."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from ot_server.store.postgres import PostgresStore
from tests.postgres import Postgres
from tests.server.props.peer import Peer, open_room
from tests.servers import StartServer

KEY = "a key that nobody guesses, of 32 bytes and more"


async def run(url: str, data: Path, *arguments: str, stdin: str = "") -> tuple[int | None, str]:
    """Run ``ot-server`` over a database; return its exit code, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ot_server", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ
        | {"OT_STORE": url, "OT_DATA": str(data), "OT_ARGON2_MEMORY": "8192"}
        | {"OT_STORE_WAIT_SECONDS": "0"},
    )
    printed, _ = await process.communicate(stdin.encode())
    return process.returncode, printed.decode()


async def test_what_is_typed_on_one_node_is_seen_on_the_other(
    start_server: StartServer, http: ClientSession, postgres_url: str
) -> None:
    here, there = [
        await start_server(PostgresStore(postgres_url), secret=KEY, poll_seconds=0.05)
        for _ in range(2)
    ]
    room = await open_room(http, here.url, text="-")
    ada = await Peer.enter(http, room)
    ben = await Peer.enter(http, replace(room, url=there.url))

    for _ in range(5):
        await ada.type("a")
        await ben.type("b")

    for server in (here, there):
        lines = await server.store.operations(room.session_id, 0, 99)
        assert len(lines) == 11
        assert [line.client_id for line in lines[1:]] == [ada.client, ben.client] * 5


async def test_a_crash_of_postgres_under_load_loses_nothing_and_heals_by_itself(
    start_server: StartServer, http: ClientSession, postgres_url: str, postgres: Postgres
) -> None:
    server = await start_server(PostgresStore(postgres_url), unavailable_seconds=60)
    room = await open_room(http, server.url)
    peers = [await Peer.enter(http, room) for _ in range(5)]
    half = asyncio.Event()

    async def flood(peer: Peer) -> None:
        for turn in range(20):
            await peer.type("x")
            if turn == 10:
                half.set()

    async with asyncio.TaskGroup() as typing:
        for peer in peers:
            typing.create_task(flood(peer))
        await half.wait()
        postgres.crash()
        postgres.start()

    lines = await server.store.operations(room.session_id, 0, 999)
    assert len({(line.client_id, line.seq) for line in lines}) == len(lines) == 100


async def test_the_tables_are_made_once_by_however_many_migrate_at_once(
    postgres_url: str, tmp_path: Path
) -> None:
    ends = await asyncio.gather(*(run(postgres_url, tmp_path, "migrate") for _ in range(4)))

    assert [code for code, _ in ends] == [0] * 4, ends
    assert all("are up to date" in printed for _, printed in ends)
    assert await run(postgres_url, tmp_path, "sessions", "--json") == (0, "[]\n")


async def test_commands_work_beside_a_server_but_those_that_mend(
    postgres_url: str, tmp_path: Path
) -> None:
    server = PostgresStore(postgres_url, use="serve")
    await server.open()
    (tmp_path / "main.py").write_text("print()\n")

    account = ("ada", "--email", "ada@example.org", "--password-stdin")
    code, printed = await run(
        postgres_url, tmp_path, "create-user", *account, stdin="correct horse battery\n"
    )
    assert code == 0, printed
    file = str(tmp_path / "main.py")
    code, printed = await run(postgres_url, tmp_path, "import", file, "--owner", "ada")
    assert code == 0, printed
    (listed,) = await server.all_sessions()
    assert listed.owners == ["ada"]

    exported = await run(postgres_url, tmp_path, "export", "--quiet", "--", listed.info.id)
    assert exported == (0, "print()\n")
    for command in (("bump-epoch", "--all"), ("fsck", "--repair")):
        code, printed = await run(postgres_url, tmp_path, *command)
        assert code == 1
        assert "a server works with it: stop it first" in printed
    await server.close()

    for command in (("bump-epoch", "--all"), ("fsck", "--repair")):
        code, printed = await run(postgres_url, tmp_path, *command)
        assert code == 0, printed


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_what_is_said_of_a_database_that_is_out_of_reach_holds_no_password(
    tmp_path: Path, command: str
) -> None:
    url = "postgres://ot:secret@127.0.0.1:1/ot?a=b"

    code, printed = await run(url, tmp_path / "data", command)

    assert code == 1
    assert "the database in 'postgres://127.0.0.1:1/ot' can't be" in printed
    assert "secret" not in printed
