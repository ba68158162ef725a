"""`connect`: from an address to a session, with nothing to await."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from ot_client import connect as async_connect
from ot_client.connect import WITHIN
from ot_client.session import Session as AsyncSession
from ot_client.sync.background import Background
from ot_client.sync.session import Session

__all__ = ["connect"]


def connect(
    address: str,
    token: str | Callable[[], str] | None = None,
    *,
    name: str | None = None,
    client: str | None = None,
    storage: str | os.PathLike[str] | None = None,
    within: float = WITHIN,
) -> Session:
    """Open a session, by its address and a token, or by a share link: see `ot_client.connect`.

    What is returned is a context manager: leaving its block waits until all is committed.  In
    a notebook call `Session.close` instead, at the end.
    """
    fetch = (lambda: asyncio.to_thread(token)) if callable(token) else token

    async def opened() -> AsyncSession:
        return await async_connect(
            address, fetch, name=name, client=client, storage=storage, within=within
        )

    background = Background()
    try:
        session = background.wait_for(opened())
    except BaseException:
        background.close()
        raise
    return Session(session, background, within)
