"""The transport of the network: a WebSocket, by aiohttp.  Nothing here knows a message."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
)
from aiohttp import WSServerHandshakeError as HandshakeError

from ot_client.transport import ABNORMAL, Dial, Disconnected, Transport
from ot_protocol import CloseCode
from ot_protocol.messages import SUBPROTOCOL

__all__ = ["websocket"]

HEARTBEAT: Final = 20.0
"""Seconds of silence after which the server is pinged; half as long for its answer."""

CLOSING: Final = 2.0
"""Seconds that the server gets to answer a close."""

LARGEST_FRAME: Final = 64 * 2**20
"""Bytes: a text at the server's limit, were all of it escaped, and then some."""

REFUSED_HANDSHAKES: Final[dict[int, CloseCode]] = {
    HTTPStatus.UNAUTHORIZED: CloseCode.NOT_AUTHENTICATED,
    HTTPStatus.FORBIDDEN: CloseCode.FORBIDDEN,
    HTTPStatus.NOT_FOUND: CloseCode.NO_SUCH_SESSION,
    HTTPStatus.TOO_MANY_REQUESTS: CloseCode.TOO_FAST,
}


def websocket(url: str) -> Dial:
    """Return what opens a WebSocket to `url`, as often as it is called."""

    async def dial() -> Transport:
        http = ClientSession()
        try:
            socket = await http.ws_connect(
                url,
                protocols=[SUBPROTOCOL],
                heartbeat=HEARTBEAT,
                timeout=ClientWSTimeout(ws_close=CLOSING),
                max_msg_size=LARGEST_FRAME,
                decode_text=False,
            )
        except BaseException as error:
            await http.close()
            if isinstance(error, HandshakeError):
                code = REFUSED_HANDSHAKES.get(error.status, ABNORMAL)
                raise Disconnected(code, f"HTTP {error.status}") from error
            if isinstance(error, ClientError | OSError):
                raise Disconnected(ABNORMAL, str(error)) from error
            raise
        return WebSocket(http, socket)

    return dial


class WebSocket:
    """One open WebSocket, and the HTTP session that it came from."""

    def __init__(self, http: ClientSession, socket: ClientWebSocketResponse[bool]) -> None:
        self._http = http
        self._socket = socket

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send_frame(frame, WSMsgType.TEXT)
        except (ClientError, OSError) as error:
            raise Disconnected(self._socket.close_code or ABNORMAL, str(error)) from error

    async def receive(self) -> bytes:
        message = await self._socket.receive()
        match message.type, message.data:
            case WSMsgType.TEXT, bytes() as frame:
                return frame
            case WSMsgType.BINARY, _:
                raise Disconnected(ABNORMAL, "a binary frame is none of the protocol's")
            case WSMsgType.CLOSE, int() as code:
                raise Disconnected(code, message.extra or "")
            case _:
                raise Disconnected(self._socket.close_code or ABNORMAL)

    async def close(self) -> None:
        try:
            await self._socket.close()
        finally:
            await self._http.close()
