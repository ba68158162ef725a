"""``/ws/{session_id}``: a WebSocket.  Here bytes become messages, and errors become close codes.

The client is identified here; its life in the session is a `Conversation`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

import structlog
from aiohttp import WSMsgType, web
from msgspec import structs

from ot_protocol import CloseCode, Malformed, decode_client, encode
from ot_protocol.messages import (
    PROTOCOL,
    SUBPROTOCOL,
    Auth,
    ClientMessage,
    Error,
    ErrorCode,
    Hello,
    SessionChanged,
    Welcome,
)
from ot_server.access.callers import Caller, SignedIn, holder_of, identify
from ot_server.access.participant import shown
from ot_server.errors import (
    CallersFault,
    ClientTaken,
    Damaged,
    Forbidden,
    InvalidToken,
    NoSuchSession,
    Replaced,
    ServerError,
    TryLater,
    row_of,
)
from ot_server.http.framework.services import SERVICES, Services, bearer
from ot_server.session.connection import Connection, Visitor
from ot_server.session.conversation import Conversation
from ot_server.store.rows import Holder
from ot_server.times import rfc3339

__all__ = ["REFUSAL_OF", "routes"]

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()
_visits = count(1)

CLOSE_SECONDS = 5.0
"""How long a client may take to answer a close."""
LONGEST_REASON = 123
"""The room in a close frame, in bytes."""


class Refusal(ServerError):
    """The client is not let in: it is told an error, or only closed."""

    def __init__(self, close: CloseCode, message: str, error: ErrorCode | None = None) -> None:
        super().__init__(message)
        self.close = close
        self.error = error


REFUSAL_OF: Final[Mapping[type[ServerError], tuple[CloseCode, str, ErrorCode | None]]] = {
    InvalidToken: (CloseCode.NOT_AUTHENTICATED, "the token is not good, or has ended", None),
    Forbidden: (CloseCode.FORBIDDEN, "you have no access to this session", None),
    NoSuchSession: (CloseCode.NO_SUCH_SESSION, "there is no such session", None),
    ClientTaken: (CloseCode.NORMAL, "the client id belongs to somebody else", "client_taken"),
    Replaced: (CloseCode.REPLACED, "the same client connected again", None),
    CallersFault: (CloseCode.FORBIDDEN, "this may not be done", None),
    TryLater: (CloseCode.TRY_AGAIN_LATER, "the store can't be reached", None),
    Damaged: (CloseCode.INTERNAL_ERROR, "the session is damaged", None),
}
"""What a client that is not welcomed is told, by the class of the error."""


def refusal_of(error: CallersFault | TryLater | Damaged) -> Refusal:
    """Return what a client is told of an error."""
    row = row_of(type(error), REFUSAL_OF)
    assert row is not None
    close, message, code = row
    return Refusal(close, str(error) if error.is_public else message, code)


class SocketTransport:
    """The connection to one client, over its WebSocket."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._ws = ws
        self._transport = transport
        self._listening: asyncio.Timeout | None = None
        self._silence = asyncio.Event()

    async def send(self, frame: bytes) -> None:
        await self._ws.send_frame(frame, WSMsgType.TEXT)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the client in this block; `close` ends it."""
        try:
            async with asyncio.timeout(None) as self._listening:
                yield
        except TimeoutError:
            pass
        finally:
            self._listening = None
            self._silence.set()

    async def close(self, code: CloseCode, reason: str) -> None:
        # No other task may read now: aiohttp would close the connection at once, and if the client
        # had sent more by then, its system would report a broken connection, without the code.
        if self._listening is not None:
            self._listening.reschedule(asyncio.get_running_loop().time())
            await self._silence.wait()
        reason_bytes = reason.encode()[:LONGEST_REASON].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self._ws.close(code=code, message=reason_bytes)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            # After a send that was given up, aiohttp waits for what was cancelled with it.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
        finally:
            # If the client doesn't read, everything unsent would stay in memory.
            if self._transport is not None and self._transport.get_write_buffer_size():
                self._transport.abort()


@routes.get("/ws/{session_id}")
async def socket(request: web.Request) -> web.WebSocketResponse:
    """Speak the protocol with one client until either side ends it."""
    services = request.app[SERVICES]
    services.limits.count("api", request)
    settings = services.settings
    ws = web.WebSocketResponse(
        protocols=(SUBPROTOCOL,),
        max_msg_size=settings.frame_bytes,
        heartbeat=settings.ping_seconds,
        timeout=CLOSE_SECONDS,
        compress=False,
    )
    try:
        await ws.prepare(request)
    except ConnectionError:  # the client has gone, and aiohttp can't close what it didn't open
        raise web.HTTPBadRequest from None
    transport = SocketTransport(ws, request.transport)
    with suppress(ConnectionError):  # the client has gone
        try:
            await _Visit(request, ws, transport, services).run()
        except Refusal as refusal:
            if refusal.error is not None:
                await transport.send(encode(Error(refusal.error, str(refusal), fatal=True)))
            await transport.close(refusal.close, str(refusal))
    return ws


class _Visit:
    """One client, from its first byte to its last."""

    def __init__(
        self,
        request: web.Request,
        ws: web.WebSocketResponse,
        transport: SocketTransport,
        services: Services,
    ) -> None:
        self._request = request
        self._ws = ws
        self._transport = transport
        self._services = services
        self._session_id = request.match_info["session_id"]
        self._number = next(_visits)
        self._malformed = 0
        self._expiry: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        if self._services.hub.is_draining:
            raise Refusal(CloseCode.TRY_AGAIN_LATER, "the server is stopping")
        hello = await self._hello()
        token = hello.token or bearer(self._request) or self._request.query.get("token")
        conversation, welcome, caller = await self._begin(hello, token)
        self._services.completer.expect(welcome.session.language)
        writer = asyncio.create_task(conversation.write(welcome))
        self._expire(conversation.connection, caller)
        try:
            async with self._transport.listening():
                await self._listen(conversation)
        finally:
            if self._expiry is not None:
                self._expiry.cancel()
            conversation.leave()
            await writer

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(self._services.settings.hello_seconds):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(CloseCode.TRY_AGAIN_LATER, "no hello came") from None
        except Malformed as error:
            raise Refusal(CloseCode.MALFORMED, str(error), "malformed") from None
        if message is None:
            raise ConnectionError
        if not isinstance(message, Hello):
            raise Refusal(CloseCode.MALFORMED, "the first message is hello", "protocol")
        if message.protocol != PROTOCOL:
            raise Refusal(CloseCode.MALFORMED, f"the protocol here is {PROTOCOL}", "protocol")
        return message

    async def _identify(self, token: str | None) -> tuple[Caller, Holder]:
        """Return who the client is, and which participant of this session.

        Raises:
            Refusal: there is no token.
            InvalidToken, NoSuchSession, Forbidden: it is invalid, or not for this session.
            StoreUnavailable: the store can't be read.
        """
        if token is None:
            raise Refusal(CloseCode.NOT_AUTHENTICATED, "a token is needed")
        services = self._services
        caller = await identify(
            services.store, services.tokens, token, services.settings.token_grace_seconds
        )
        return caller, await holder_of(services.store, caller, self._session_id)

    async def _begin(self, hello: Hello, token: str | None) -> tuple[Conversation, Welcome, Caller]:
        """Let the client in.

        Raises:
            Refusal: it is not let in.
        """
        store = self._services.store
        try:
            caller, holder = await self._identify(token)
            row = holder.participant
            # A user's name is always the username, by which others share sessions.
            is_guest = not isinstance(caller, SignedIn)
            if is_guest and hello.name is not None and hello.name != row.name:
                await store.rename_participant(row.id, hello.name)
                holder = Holder(structs.replace(row, name=hello.name), holder.role)
            visitor = Visitor(shown(holder), hello.client, _login_of(caller), self._number)
            actor = await self._services.hub.actor(self._session_id)
            conversation = Conversation(actor, visitor, self._transport)
            welcome = await conversation.begin(hello)
        except (CallersFault, TryLater, Damaged) as error:
            raise refusal_of(error) from None
        return conversation, welcome, caller

    async def _listen(self, conversation: Conversation) -> None:
        connection = conversation.connection
        while True:
            try:
                message = await self._receive()
            except Malformed as error:
                connection.tell(Error("malformed", str(error)))
                self._strike(connection)
                continue
            if message is None:
                return
            if isinstance(message, Auth):
                await self._authenticate(connection, message)
            elif not conversation.hear(message):
                self._strike(connection)

    async def _receive(self) -> ClientMessage | None:
        """Return the next message, or None when the client has gone.

        Raises:
            Malformed: a frame is not a message.
        """
        frame = await self._ws.receive()
        if frame.type is WSMsgType.TEXT:
            return decode_client(frame.data)
        if frame.type is WSMsgType.BINARY:
            raise Malformed("messages are text frames")
        return None

    def _strike(self, connection: Connection) -> None:
        self._malformed += 1
        if self._malformed >= self._services.settings.malformed_frames:
            connection.end(CloseCode.MALFORMED, "too many malformed frames")

    async def _authenticate(self, connection: Connection, auth: Auth) -> None:
        """Take a fresh token of the same participant."""
        try:
            caller, holder = await self._identify(auth.token)
        except TryLater as error:
            connection.tell(Error("unavailable", str(refusal_of(error))))
        except CallersFault as error:
            connection.tell(Error("protocol", str(refusal_of(error))))
        except Refusal as refusal:
            connection.tell(Error("protocol", str(refusal)))
        else:
            if holder.id != connection.participant.id:
                connection.tell(Error("protocol", "the token is another participant's"))
                return
            connection.take_login(_login_of(caller))
            self._expire(connection, caller)

    def _expire(self, connection: Connection, caller: Caller) -> None:
        """Say when the token expires, and end the connection then unless a fresh one comes."""
        if self._expiry is not None:
            self._expiry.cancel()
        left = caller.expires + self._services.settings.token_grace_seconds - time.time()
        self._expiry = asyncio.get_running_loop().call_later(
            left, connection.end, CloseCode.NOT_AUTHENTICATED, "the token has ended"
        )
        connection.tell(
            SessionChanged(role=connection.participant.role, expires=rfc3339(caller.expires))
        )


def _login_of(caller: Caller) -> str | None:
    return caller.login.id if isinstance(caller, SignedIn) else None
