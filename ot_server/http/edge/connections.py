"""What a TCP connection may cost before a handler sees its first request.

aiohttp waits for the rest of a request as long as it waits for the next one, and takes as
many connections as come.  Here each is watched from outside, by what asyncio and the
application tell: bytes came, a request has been read, a request has been answered.

The law has two parts.  Within `header_seconds` after it opened, and after bytes came while no
request was being answered, there must be a whole request.  And no address has more than
`connections_per_address`, except trusted proxies, which have many people behind them.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from ot_server.errors import CannotListen
from ot_server.http.edge.addresses import address_key, is_among
from ot_server.http.framework.services import SERVICES
from ot_server.settings import Settings
from ot_server.telemetry.meters import Meters

__all__ = ["attend", "listen", "new_runner"]

BACKLOG: Final = 1024
LINE_BYTES: Final = 8190
"""The longest line of a request's head, and the longest header."""
HEADERS: Final = 64


def new_runner(app: web.Application, settings: Settings) -> web.AppRunner:
    """Return what runs an application, with bounds where aiohttp has none or wide ones."""
    return web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=settings.drain_seconds,
        keepalive_timeout=settings.keepalive_seconds,
        max_line_size=LINE_BYTES,
        max_field_size=LINE_BYTES,
        max_headers=HEADERS,
        # A little of what is packed can be more than there is memory or time for, and aiohttp
        # would unpack all that comes, even after it was refused: calls take no packed bodies.
        auto_decompress=False,
    )


async def listen(runner: web.AppRunner, settings: Settings) -> asyncio.Server:
    """Take connections for a runner that was set up.

    Raises:
        CannotListen: the address can't be had.
    """
    assert runner.server is not None
    gate = _Gate(settings, runner.app[SERVICES].meters, runner.server)
    loop, host, port = asyncio.get_running_loop(), settings.host, settings.port
    try:
        server = await loop.create_server(gate, host, port, backlog=BACKLOG)
    except UnicodeError:
        raise CannotListen(f"{host!r} is no name of a host") from None
    except OSError as error:
        raise CannotListen(f"{host}:{port}: {error.strerror or error}") from None
    # The system ends connections whose clients read nothing of an answer.  WebSockets are
    # closed before that, in a way that their clients understand.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(2 * settings.slow_reader_seconds * 1000)
        for listening in server.sockets:
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return server


@web.middleware
async def attend(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection of a request when it has been understood and when dealt with."""
    connection = request.transport.get_protocol() if request.transport else None
    if not isinstance(connection, _Watched):
        return await handler(request)
    connection.request_begins()
    try:
        return await handler(request)
    finally:
        connection.request_ends()


class _Gate:
    """Lets connections in, and counts who is inside."""

    def __init__(
        self, settings: Settings, meters: Meters, serve: Callable[[], asyncio.Protocol]
    ) -> None:
        self.header_seconds = settings.header_seconds
        self._most = settings.connections_per_address
        self._proxies = settings.proxies
        self._serve = serve
        self._refused = meters.refused
        self._inside: Counter[str] = Counter()

    def __call__(self) -> asyncio.Protocol:
        return _Watched(self, self._serve())

    def enter(self, address: str) -> bool:
        """Count one more of an address, unless there are as many as may be."""
        key = address_key(address)
        if self._inside[key] >= self._most and not is_among(address, self._proxies):
            self._refused["connections"] += 1
            return False
        self._inside[key] += 1
        return True

    def leave(self, address: str) -> None:
        key = address_key(address)
        self._inside[key] -= 1
        if not self._inside[key]:
            del self._inside[key]


class _Watched(asyncio.Protocol):
    """A connection, and aiohttp's protocol that it is passed on to."""

    def __init__(self, gate: _Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._address: str | None = None
        """None until it was let in."""
        self._transport: asyncio.Transport | None = None
        self._is_dealing = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # as it is for TCP
        address = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._gate.enter(address):
            self._turn_away("429 Too Many Requests")
            return
        self._address = address
        self._inner.connection_made(transport)
        self._expect_a_request()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        if self._address is not None:
            self._gate.leave(self._address)
            self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._address is None:
            return
        if not self._is_dealing and self._timer is None:
            self._expect_a_request()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._address is not None else None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def request_begins(self) -> None:
        """The head of a request is here, and somebody deals with it."""
        self._is_dealing = True
        self._stop_timer()

    def request_ends(self) -> None:
        """What comes next belongs to another request."""
        self._is_dealing = False

    def _expect_a_request(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(
            self._gate.header_seconds, self._turn_away, "408 Request Timeout"
        )

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn_away(self, status: str) -> None:
        assert self._transport is not None
        self._transport.write(
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
        )
        self._transport.close()
