"""Server-sent events: an answer that goes on, each event a name and JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import web

__all__ = ["EVENT_STREAM", "send_events"]

EVENT_STREAM: Final = "text/event-stream"
ALIVE_SECONDS: Final = 15.0
"""How long nothing may be sent: proxies close a connection that is silent for longer."""
HEADERS: Final = {
    "Content-Type": EVENT_STREAM,
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # proxies that gather answers pass this one on as it comes
}


async def send_events(
    request: web.Request, events: AsyncIterator[tuple[str, object]]
) -> web.StreamResponse:
    """Send events until there are no more, or until the client has gone."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    coming = asyncio.ensure_future(anext(events, None))
    with suppress(ConnectionError):
        while True:
            done, _ = await asyncio.wait([coming], timeout=ALIVE_SECONDS)
            if not done:
                await response.write(b": still here\n\n")
                continue
            event = coming.result()
            if event is None:
                await response.write_eof()
                break
            name, data = event
            text = msgspec.json.encode(data).decode()
            await response.write(f"event: {name}\ndata: {text}\n\n".encode())
            coming = asyncio.ensure_future(anext(events, None))
    coming.cancel()
    return response
