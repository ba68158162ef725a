"""`connect`: from an address to a session."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Generator
from typing import Final
from uuid import uuid4

from ot_client.address import Address, read_address
from ot_client.clock import Clock
from ot_client.errors import Refused, Unreachable
from ot_client.rest import join
from ot_client.session import Session
from ot_client.socket import Token
from ot_client.storage import FileStorage
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_client.websocket import websocket

__all__ = ["WITHIN", "Connecting", "connect", "leave"]

WITHIN: Final = 10.0


class Connecting:
    """A session that is being opened: for ``async with``, or to be awaited and closed."""

    def __init__(self, connect: Callable[[], Awaitable[Session]], within: float) -> None:
        self._connect = connect
        self._within = within
        self._session: Session | None = None

    def __await__(self) -> Generator[None, None, Session]:
        return self._connect().__await__()

    async def __aenter__(self) -> Session:
        self._session = await self._connect()
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Leave once all is committed; at once where the block was cancelled.

        Raises:
            Refused: something is not, and the block has not failed by itself.
        """
        assert self._session is not None
        await leave(self._session, self._within, error)


async def leave(session: Session, within: float, error: BaseException | None) -> None:
    """Leave a block that has ended with this error, or well.

    Raises:
        Refused: something is not committed, and there is no other error that says so.
    """
    is_cut_short = not (error is None or isinstance(error, Exception))
    unsaved = await session.close(wait=0 if is_cut_short else within)
    if unsaved and error is None:
        raise Refused(unsaved)
    if unsaved and error is not None:
        error.add_note(str(Refused(unsaved)))


def connect(
    address: str,
    token: Token | None = None,
    *,
    name: str | None = None,
    client: str | None = None,
    storage: str | os.PathLike[str] | None = None,
    within: float = WITHIN,
    dial: Dial | None = None,
    clock: Clock | None = None,
    jitter: Jitter = random.uniform,
) -> Connecting:
    """Open a session, by its address and a token, or by a share link.

    ::

        async with connect(room.address, room.token) as session: ...
        async with connect(room.link, name="Ada") as session: ...
        session = await connect(room.link)  # and then `await session.close(wait=…)`

    Both are addresses of the page: ``https://example.org/s/…``, ``https://example.org/join/…``.

    While the server can't be reached the session goes on, offline, and comes back by
    itself.  Leaving the block waits until all that was typed is committed, also where the
    block has failed; not where it was cancelled.

    Args:
        address: that of a session, or a share link.
        token: who this is; or what fetches a fresh token, such as `Login.token`, for each
            connection and in time before one ends.  A share link takes none; with one it is the
            same participant who comes again, or the user who has signed in.
        name: what the others see.
        client: the client id, a UUID, of an earlier visit; else a new one.
        storage: a file that keeps what is unsaved, also when this program is killed.  What
            it holds is sent; what is not committed when the block is left stays there.
        within: how many seconds coming in, and leaving, may take.
        dial: what opens a connection, instead of a WebSocket to the server.
        clock: what tells the time, instead of the event loop.
        jitter: what draws how long to wait before coming back.

    Raises:
        InvalidAddress: `address` is none.
        Unreachable: there was no welcome in time.
        RequestFailed: the server doesn't know the link, or won't let anybody in by it.
        SessionClosed: the server doesn't let this client in.
        NoStorage: `storage` can't be used, or another program uses it.
        Refused: on leaving, something typed is not saved, and here it is.
    """

    async def opened() -> Session:
        place, shown = await _come_in(read_address(address, "join", "s"), token, name)
        kept = None if storage is None else FileStorage(storage)
        session = Session(
            str(place),
            dial or websocket(f"{place.server}/ws/{place.word}"),
            shown,
            name,
            (kept and kept.client_id) or client or str(uuid4()),
            clock or asyncio.get_running_loop(),
            jitter,
            kept,
        )
        try:
            await session.start()
        except BaseException:
            await session.close()
            raise
        return session

    async def opened_in_time() -> Session:
        try:
            async with asyncio.timeout(within):
                return await opened()
        except TimeoutError as error:
            raise Unreachable(f"{address} gave no welcome within {within:g} s") from error

    return Connecting(opened_in_time, within)


async def _come_in(
    place: Address, token: Token | None, name: str | None
) -> tuple[Address, Token | None]:
    """Return the session's address, and what lets one in there."""
    if place.kind == "s":
        return place, token
    shown = await token() if callable(token) else token
    joined = await join(str(place), name, token=shown)
    # A user keeps their own token, which may have to be fetched again.
    is_own = joined.token == shown
    return read_address(joined.address, "s"), token if is_own else joined.token
