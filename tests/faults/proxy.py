"""`Proxy`: an address in front of others, which does to connections what a network does.

Invariant: the bytes that are passed on keep their order and have no gaps: a fault that loses
bytes ends the connection, as in TCP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from typing import Final

from tests.mortal import free_port

__all__ = ["Connection", "Proxy", "passing_through"]

CHUNK: Final = 2**16
AT_ONCE: Final = pack("ii", 1, 0)
"""Closing a socket that lingers like this resets it."""


class Connection:
    """One connection through a proxy: from the caller, and to the server."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._near = near
        self._far = far

    def to_server(self, data: bytes) -> bytes:
        """Return what to pass on of the caller's bytes."""
        return data

    def to_client(self, data: bytes) -> bytes:
        """Return what to pass on of the server's bytes."""
        return data

    def cut(self) -> None:
        """Reset it: both ends are told, and what is on its way is lost."""
        for end in self._near, self._far:
            if not end.transport.is_closing():
                end.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
                end.transport.abort()


class Proxy:
    """Listens on a port of 127.0.0.1, and passes connections on."""

    def __init__(
        self,
        targets: Sequence[int],
        make: Callable[..., Connection] = Connection,
        port: int | None = None,
    ) -> None:
        """`targets` are ports: a connection is passed on to the first that answers.

        `make` makes the connections.
        """
        self.port = port or free_port()
        self.delay = 0.0
        """How many seconds everything is delayed, in each direction."""
        self.connections: set[Connection] = set()
        self._targets = targets
        self._make = make
        self._server: asyncio.Server | None = None
        self._talking: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._called, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Break all connections, and stop listening."""
        assert self._server is not None
        self._server.close()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break all connections; new ones are let through."""
        for connection in self.connections:
            connection.cut()

    def swallow(self) -> None:
        """Let nothing through, not even the end of a connection: both sides just wait."""
        self._flows.clear()

    def heal(self) -> None:
        """Let everything through again; what was held up arrives now, as in TCP."""
        self._flows.set()

    async def _called(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking.add(task)
        try:
            await self._talk(reader, near)
        except asyncio.CancelledError:
            pass  # the proxy is closed; a server that asyncio runs would report it otherwise
        finally:
            self._talking.discard(task)
            near.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        called = await self._call()
        if called is None:
            return
        answers, far = called
        connection = self._make(near, far)
        self.connections.add(connection)
        try:
            # When one end has closed, the connection is over: nobody here uses half-open ones.
            ways = [
                asyncio.ensure_future(self._pass_on(reader, far, connection.to_server)),
                asyncio.ensure_future(self._pass_on(answers, near, connection.to_client)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self.connections.discard(connection)
            await _hang_up(far)
            await _hang_up(near)

    async def _call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._targets:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        filtered: Callable[[bytes], bytes],
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self.delay)
                await self._flows.wait()
                writer.write(filtered(data))
                await writer.drain()
        await self._flows.wait()


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close, as far as the other end lets us."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            writer.close()
            await writer.wait_closed()
            return
    writer.transport.abort()


@asynccontextmanager
async def passing_through(*proxies: Proxy) -> AsyncIterator[None]:
    """Let proxies listen."""
    for proxy in proxies:
        await proxy.start()
    try:
        yield
    finally:
        await asyncio.gather(*(proxy.close() for proxy in proxies))
