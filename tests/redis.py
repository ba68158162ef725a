"""A Redis for one test, which can be killed, started empty, and paused."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.mortal import free_port, mortal
from tests.patience import within

__all__ = ["PrivateRedis", "private_redis", "running_redis"]


class PrivateRedis:
    """A redis-server that keeps nothing on disk, on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, *, is_cluster: bool = False) -> None:
        """`is_cluster`: a Redis Cluster of one, which refuses what touches two slots at once."""
        self._folder = folder
        self.port = free_port()
        self._is_cluster = is_cluster
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, whether or not it runs."""
        return f"redis://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, empty, and return when it can be reached."""
        program = shutil.which("redis-server")
        assert program, "there is no redis-server: `make redis` installs one"
        self._process = await asyncio.create_subprocess_exec(
            *mortal(),
            *(program, "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
            *self._options(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        said = b""
        while b"Ready to accept connections" not in said:
            line = await within(self._process.stdout.readline())
            assert line, said.decode()
            said += line
        self._reader = asyncio.create_task(self._process.stdout.read())
        if self._is_cluster:
            await self._take_all_slots()

    async def kill(self) -> None:
        """End it with SIGKILL; what it held is lost."""
        assert self._process is not None
        assert self._reader is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reader

    def pause(self) -> None:
        """Pause it, with all its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _options(self) -> list[str]:
        if not self._is_cluster:
            return []
        return ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]

    async def _take_all_slots(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.cluster("ADDSLOTSRANGE", "0", "16383")
            while (await redis.cluster("INFO"))["cluster_state"] != "ok":  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # Redis tells nobody


@contextlib.asynccontextmanager
async def running_redis(folder: Path, *, is_cluster: bool = False) -> AsyncIterator[PrivateRedis]:
    """A running Redis, alone or as a Redis Cluster."""
    redis = PrivateRedis(folder, is_cluster=is_cluster)
    await redis.start()
    try:
        yield redis
    finally:
        await redis.kill()


@pytest.fixture
async def private_redis(tmp_path: Path) -> AsyncIterator[PrivateRedis]:
    """A running Redis."""
    async with running_redis(tmp_path) as redis:
        yield redis
