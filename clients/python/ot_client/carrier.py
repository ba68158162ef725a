"""`Carrier`: carries a connection's messages over one transport after the other.

All decisions are `Connection`'s; here are the dialling, the waiting and the two loops, one
that sends and one that receives; beside them the token is renewed.  Invariant: an answer is
taken in, and told, before the next frame is read.  What is over is closed beside what
follows, for a dead line answers no close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import ClientError as HttpError
from msgspec import UNSET

from ot_client.clock import Clock, Timer, sleep
from ot_client.connection import Connection, Fatal, OutOfStep, Phase
from ot_client.errors import SessionClosed, TooManyRequests, Unavailable, Unreachable
from ot_client.events import Event
from ot_client.outbox import Silence
from ot_client.renewal import Renewal
from ot_client.timing import BACKOFF_LONGEST, Backoff, Jitter
from ot_client.transport import Dial, Disconnected, Transport
from ot_protocol import FINAL, CloseCode, Malformed, decode_server, encode
from ot_protocol.messages import Auth, SessionChanged

__all__ = ["Carrier", "Token"]

WELCOME_WITHIN: Final = 10.0
"""Seconds from dialling to the server's welcome."""

Token = str | Callable[[], Awaitable[str]]
"""A token, or what fetches a fresh one: for each new connection, and before the last one ends.

Where that fails for the network's sake, it is called again later.
"""


class Carrier:
    """Keeps one connection in touch with the server until one of them ends it."""

    def __init__(
        self,
        connection: Connection,
        dial: Dial,
        token: Token | None,
        name: str | None,
        clock: Clock,
        jitter: Jitter,
        tell: Callable[[list[Event]], None],
    ) -> None:
        """`tell` is called with what happened, also where only the phase has changed."""
        self._connection = connection
        self._dial = dial
        self._token = token
        self._name = name
        self._clock = clock
        self._backoff = Backoff(jitter)
        self._tell = tell
        self._fresh_token: str | None = None
        self._woken = asyncio.Event()
        self._timer: Timer | None = None
        self._rings_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> SessionClosed:
        """Connect, and connect again, until it is over; return why."""
        try:
            return await self._keep_in_touch()
        finally:
            await asyncio.gather(*self._closing)

    async def _keep_in_touch(self) -> SessionClosed:
        while True:
            try:
                await self._converse()
            except Disconnected as gone:
                if gone.code in FINAL or self._has_no_other_token(gone.code):
                    return SessionClosed(gone.code, gone.reason)
                if gone.code == CloseCode.TOO_FAST:
                    self._backoff.lengthen()
            except Fatal as fatal:
                return SessionClosed(CloseCode.FORBIDDEN, str(fatal))
            except (OutOfStep, Malformed, Silence, Unreachable, TimeoutError):
                pass  # a new connection sets it right
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Cancelled just as the connection broke: of the two only the break was raised.
                raise asyncio.CancelledError
            await sleep(self._clock, self._backoff.next())

    def _has_no_other_token(self, code: int) -> bool:
        return code == CloseCode.NOT_AUTHENTICATED and not callable(self._token)

    async def _converse(self) -> None:
        """Hold one connection, from dialling to its end, which is always an exception."""
        transport: Transport | None = None
        welcomed: float | None = None
        self._fresh_token = None
        try:
            async with asyncio.timeout(WELCOME_WITHIN):
                token = await self._token_now()
                transport = await self._dial()
                await transport.send(encode(self._connection.hello(token, self._name)))
                while self._connection.phase is not Phase.OPEN:
                    await self._receive(transport, None)
            welcomed = self._clock.time()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(transport))
                renewal = self._renewal()
                if renewal is not None:
                    tasks.create_task(renewal.run())
                while True:
                    await self._receive(transport, renewal)
        except BaseExceptionGroup as both:
            raise both.exceptions[0] from None
        finally:
            self._connection.lost()
            self._tell([])
            if welcomed is not None and self._clock.time() - welcomed >= BACKOFF_LONGEST:
                self._backoff.reset()
            if transport is not None:
                closing = asyncio.create_task(transport.close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

    async def _token_now(self) -> str | None:
        return await self._fetch(self._token) if callable(self._token) else self._token

    def _renewal(self) -> Renewal | None:
        token = self._token
        if not callable(token):
            return None
        return Renewal(lambda: self._fetch(token), self._say_token, self._clock)

    async def _fetch(self, token: Callable[[], Awaitable[str]]) -> str:
        try:
            return await token()
        except (OSError, HttpError, TooManyRequests, Unavailable, Unreachable) as error:
            raise Unreachable(f"there is no token to be had: {error}") from error

    def _say_token(self, token: str) -> None:
        self._fresh_token = token
        self._woken.set()

    async def _receive(self, transport: Transport, renewal: Renewal | None) -> None:
        message = decode_server(await transport.receive())
        self._tell(self._connection.receive(message, self._clock.time()))
        if renewal and isinstance(message, SessionChanged) and message.expires is not UNSET:
            renewal.expires(message.expires)
        self._woken.set()

    async def _send(self, transport: Transport) -> None:
        try:
            while True:
                self._woken.clear()
                fresh, self._fresh_token = self._fresh_token, None
                if fresh is not None:
                    await transport.send(encode(Auth(fresh)))
                for message in self._connection.outgoing(self._clock.time()):
                    await transport.send(encode(message))
                self._wake_at(self._connection.deadline)
                await self._woken.wait()
        finally:
            self._wake_at(None)

    def _wake_at(self, deadline: float | None) -> None:
        # Deadlines mostly move away, answer after answer: a timer that comes too early does
        # no harm, and costs less than one set anew for every edit.
        if self._timer is not None and (deadline is None or deadline < self._rings_at):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and deadline is not None:
            self._timer, self._rings_at = self._clock.call_at(deadline, self._ring), deadline

    def _ring(self) -> None:
        self._timer = None
        self._woken.set()
