"""`connect`: from an address to a session."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from ot_client.clock import Clock
from ot_client.errors import NotFound, Unreachable
from ot_client.rest import join
from ot_client.session import Session
from ot_client.socket import Token
from ot_client.storage import FileStorage
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_client.websocket import websocket

__all__ = ["connect"]

WITHIN: Final = 10.0


@asynccontextmanager
async def connect(
    url: str,
    session_id: str | None = None,
    token: Token | None = None,
    *,
    name: str | None = None,
    client: str | None = None,
    storage: str | os.PathLike[str] | None = None,
    within: float = WITHIN,
    dial: Dial | None = None,
    clock: Clock | None = None,
    jitter: Jitter = random.uniform,
) -> AsyncIterator[Session]:
    """Open a session, by its id and a token, or by a share link and a name.

    ::

        async with connect("https://example.org", session_id, token) as session: ...
        async with connect("https://example.org/join/…", name="Ada") as session: ...

    While the server can't be reached the session goes on, offline, and comes back by
    itself.  Leaving the block waits until all that was typed is committed.

    Args:
        url: the server's address; or, without `session_id`, that of a share link.
        token: who this is; or what fetches a fresh token, for each connection and in time
            before one ends.
        name: what the others see.
        client: the client id, a UUID, of an earlier visit; else a new one.
        storage: a file that keeps what is unsaved, also when this program is killed.  What
            it holds is sent; what is not committed when the block is left stays there.
        within: how many seconds coming in, and leaving, may take.
        dial: what opens a connection, instead of a WebSocket to `url`.
        clock: what tells the time, instead of the event loop.
        jitter: what draws how long to wait before coming back.

    Raises:
        Unreachable: there was no welcome in time.
        RequestFailed: the server doesn't know the link, or won't let anybody in by it.
        SessionClosed: the server doesn't let this client in.
        ValueError: `url` is no address.
        NoStorage: `storage` can't be used, or another program uses it.
        Refused: on leaving, something typed is not saved, and here it is.
    """
    if dial is None:
        _require_address(url)
    if session_id is None:
        base, link = _split(url)
        joined = await join(base, link, name or "guest")
        url, session_id, token = base, joined.session.id, joined.token
    kept = None if storage is None else FileStorage(storage)
    session = Session(
        dial or websocket(f"{url.rstrip('/')}/ws/{session_id}"),
        token,
        name,
        (kept and kept.client_id) or client or str(uuid4()),
        clock or asyncio.get_running_loop(),
        jitter,
        kept,
    )
    try:
        try:
            async with asyncio.timeout(within):
                await session.start()
        except TimeoutError as error:
            raise Unreachable(f"{url} gave no welcome within {within:g} s") from error
        yield session
        await session.leave(within)
    finally:
        await session.close()
        if kept is not None:
            kept.close()


def _require_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(
            f"{url!r} is no address: a server is http://… or https://…, "
            "a share link that followed by /join/ and its word"
        )


def _split(url: str) -> tuple[str, str]:
    """Take a share link apart: the server's address, and the link's own word."""
    parts = urlsplit(url)
    link = parts.path.rstrip("/").rpartition("/")[2]
    if not link:
        raise NotFound(404, "Not Found", "no_such_link", f"{url} is no share link")
    return f"{parts.scheme}://{parts.netloc}", link
