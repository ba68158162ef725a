"""`Socket`: the way to the server, over one transport after the other.

All decisions are the machine's; here are the dialling, the waiting and the two loops, one
that sends and one that receives; beside them the token is renewed.  Invariant: an answer is
taken in, and told, before the next frame is read.  What is over is closed beside what
follows, for a dead line answers no close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, get_args
from uuid import uuid4

import msgspec
from aiohttp import ClientError as HttpError
from msgspec import UNSET

from ot_client.clock import Clock, Timer, sleep
from ot_client.connection import Phase
from ot_client.errors import NotAuthenticated, TooManyRequests, Unavailable, Unreachable
from ot_client.machine import Machine
from ot_client.renewal import Renewal
from ot_client.timing import BACKOFF_LONGEST, Backoff, Jitter
from ot_client.transport import Dial, Disconnected, Transport
from ot_protocol import CloseCode, Malformed, decode_server, encode
from ot_protocol.messages import Auth, ServerMessage, SessionChanged

__all__ = ["Socket", "Token", "read"]

DIAL_WITHIN: Final = 10.0
"""Seconds for a token and a connection."""

KNOWN: Final = {message.__struct_config__.tag for message in get_args(ServerMessage)}

Token = str | Callable[[], Awaitable[str]]
"""A token, or what fetches a fresh one: for each new connection, and before the last one ends.

Where that fails for the network's sake, it is called again later; where it raises
`NotAuthenticated` the session is over.
"""


class Left(Exception):
    """The machine wants no more of this connection."""


class Socket:
    """Keeps one machine in touch with the server until it has ended."""

    def __init__(
        self,
        machine: Machine,
        dial: Dial,
        token: Token | None,
        clock: Clock,
        jitter: Jitter,
        settle: Callable[[], None],
    ) -> None:
        """`settle` is called when the machine was told something, and before it is heard.

        It shows, tells and stores what the machine says.
        """
        self._machine = machine
        self._dial = dial
        self._token = token
        self._clock = clock
        self._backoff = Backoff(jitter)
        self._settle = settle
        self._fresh_token: str | None = None
        self._woken = asyncio.Event()
        self._timer: Timer | None = None
        self._rings_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Connect, and connect again, until the machine has ended."""
        try:
            await self._keep_in_touch()
        finally:
            await asyncio.gather(*self._closing)

    async def _keep_in_touch(self) -> None:
        machine = self._machine
        while True:
            try:
                await self._converse()
            except Disconnected as gone:
                self._lost(gone.code, gone.reason)
            except NotAuthenticated as error:
                self._lost(CloseCode.NOT_AUTHENTICATED, str(error))
                machine.end("not_authenticated", CloseCode.NOT_AUTHENTICATED, str(error))
                self._settle()
            except (Left, Malformed, Unreachable, TimeoutError) as error:
                self._lost(CloseCode.ABNORMAL, str(error))  # a new connection sets it right
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Cancelled just as the connection broke: of the two only the break was raised.
                raise asyncio.CancelledError
            if machine.ended is not None:
                return
            await sleep(self._clock, self._backoff.next())

    def _lost(self, code: int, reason: str) -> None:
        machine = self._machine
        machine.at(self._clock.time())
        is_taken = machine.leaving == "client_taken"
        machine.lost(code, reason)
        if is_taken:
            machine.rename(str(uuid4()))
        if code == CloseCode.NOT_AUTHENTICATED and not callable(self._token):
            machine.end("not_authenticated", code, reason)
        if code == CloseCode.TOO_FAST:
            self._backoff.lengthen()
        self._settle()

    async def _converse(self) -> None:
        """Hold one connection, from dialling to its end, which is always an exception."""
        transport: Transport | None = None
        began = self._clock.time()
        self._fresh_token = None
        try:
            async with asyncio.timeout(DIAL_WITHIN):
                token = await self._token_now()
                transport = await self._dial()
            began = self._clock.time()
            self._machine.at(began)
            self._machine.connected(token)
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
            was_open = self._machine.phase in (Phase.OPEN, Phase.LEAVING)
            if was_open and self._clock.time() - began >= BACKOFF_LONGEST:
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
        message = read(await transport.receive())
        self._machine.at(self._clock.time())
        self._machine.hear(message)
        self._settle()
        self._require_wanted()
        if renewal and isinstance(message, SessionChanged) and message.expires is not UNSET:
            renewal.expires(message.expires)
        self._woken.set()

    async def _send(self, transport: Transport) -> None:
        machine = self._machine
        try:
            while True:
                self._woken.clear()
                fresh, self._fresh_token = self._fresh_token, None
                if fresh is not None:
                    await transport.send(encode(Auth(fresh)))
                machine.at(self._clock.time())
                self._require_wanted()
                messages = machine.outgoing()
                self._settle()
                for message in messages:
                    await transport.send(encode(message))
                self._wake_at(machine.deadline)
                await self._woken.wait()
        finally:
            self._wake_at(None)

    def _require_wanted(self) -> None:
        if self._machine.leaving is not None or self._machine.ended is not None:
            raise Left(self._machine.leaving)

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


def read(frame: str | bytes) -> ServerMessage | None:
    """Read what the server says; None where this version doesn't know that type.

    Raises:
        Malformed: the frame is no message at all.
    """
    try:
        return decode_server(frame)
    except Malformed:
        try:
            said: Any = msgspec.json.decode(frame)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            said = None
        named = said.get("type") if isinstance(said, dict) else None
        if isinstance(named, str) and named not in KNOWN:
            return None
        raise
