"""Settings alone say how nodes hear of each other, and a server says whether they do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from ot_server.errors import InvalidSettings
from ot_server.sequencer.choice import chosen_sequencer
from ot_server.sequencer.local import LocalSequencer
from ot_server.sequencer.redis import RedisSequencer
from ot_server.settings import Settings
from tests.patience import PATIENCE
from tests.redis import PrivateRedis
from tests.servers import ProcessServer, Server


async def until_ready_says(http: ClientSession, url: str, sequencer: str) -> None:
    """Ask a server until it says this of its sequencer; it must be ready all the time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{url}/readyz") as response:
                assert response.status == 200
                said = await response.json()
            assert (said["status"] == "ok") == (said["sequencer"] == "ok"), said
            if said["sequencer"] == sequencer:
                return


async def test_nodes_of_one_process_are_the_default_and_redis_is_asked_for() -> None:
    assert isinstance(chosen_sequencer(Settings()), LocalSequencer)

    redis = chosen_sequencer(Settings.read({"OT_SEQUENCER": "redis://127.0.0.1:1/2"}))

    assert isinstance(redis, RedisSequencer)
    assert not redis.is_reached
    await redis.close()


@pytest.mark.parametrize("value", ["localhost", "http://localhost:6379", "redis:6379", "redis://"])
def test_what_is_no_redis_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettings, match="OT_SEQUENCER"):
        Settings.read({"OT_SEQUENCER": value})


def test_a_password_in_an_address_that_is_none_is_not_repeated() -> None:
    settings = Settings.read({"OT_SEQUENCER": "redis://user:hunter2/3@host:6379"})

    with pytest.raises(InvalidSettings, match="OT_SEQUENCER") as caught:
        chosen_sequencer(settings)

    assert "hunter2" not in str(caught.value)


async def test_a_server_alone_is_ready(server: Server, http: ClientSession) -> None:
    await until_ready_says(http, server.url, "ok")


async def test_a_server_is_ready_without_redis_and_says_so(
    private_redis: PrivateRedis, tmp_path: Path, http: ClientSession
) -> None:
    server = ProcessServer(tmp_path / "data", {"OT_SEQUENCER": private_redis.url})
    await server.start()
    try:
        await until_ready_says(http, server.url, "ok")
        await private_redis.kill()
        await until_ready_says(http, server.url, "unavailable")
        await private_redis.start()
        await until_ready_says(http, server.url, "ok")
    finally:
        await server.kill()

    assert b"redis_unavailable" in server.log
    assert b"redis_reached" in server.log
