"""`batched` joins many small pieces of a stream; `unfenced` removes Markdown's fences from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

__all__ = ["batched", "unfenced"]

FENCE: Final = "```"


async def batched(source: AsyncIterable[str], seconds: float) -> AsyncGenerator[str]:
    """Yield all that has come of a source since the last time, `seconds` apart at least.

    What came before the source failed is yielded before its error is raised.
    """
    arrived: list[str] = []
    news = asyncio.Event()

    async def gather() -> None:
        try:
            async for piece in source:
                arrived.append(piece)
                news.set()
        finally:
            news.set()

    gathering = asyncio.create_task(gather())
    try:
        while arrived or not gathering.done():
            await news.wait()
            if not gathering.done():
                news.clear()
            if arrived:
                pieces = "".join(arrived)
                arrived.clear()
                yield pieces
                if not gathering.done():
                    await asyncio.sleep(seconds)
        await gathering
    finally:
        gathering.cancel()
        await asyncio.gather(gathering, return_exceptions=True)


async def unfenced(source: AsyncIterable[str]) -> AsyncGenerator[str]:
    """Yield a text without the fence around it, if it has one, and without carriage returns.

    Models add fences though they are asked not to.  So the first line is held back while it
    may be one, and after a fence so is the end while it may be the other.
    """
    held, is_fenced, has_begun = "", False, False
    async for piece in source:
        held += piece.replace("\r", "")
        if not has_begun:
            start = held.lstrip()
            if FENCE.startswith(start[:3]) and "\n" not in start:
                continue
            has_begun, is_fenced = True, start.startswith(FENCE)
            held = start.partition("\n")[2] if is_fenced else held
        ready = len(held.rstrip("` \t\n") if is_fenced else held)
        if ready:
            yield held[:ready]
            held = held[ready:]
    if held and not (is_fenced and held.strip() == FENCE):
        yield held
