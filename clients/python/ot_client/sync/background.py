"""`Background`: an event loop in a thread of its own, for those who can't await.

Invariant: what it is given runs in its thread, one thing at a time, or not at all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["Background", "run"]

T = TypeVar("T")


class Background:
    """Runs from its making until `close`; it doesn't keep the program from ending."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name="ot_client", daemon=True
        )
        self._thread.start()
        self._ready.wait()

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns; where its caller is interrupted, it is cancelled."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Return what `function` returns; after the end it is called here."""
        if not self._thread.is_alive():
            return function()
        future = Future[T]()

        def called() -> None:
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        self._loop.call_soon_threadsafe(called)
        return future.result()

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._over.wait()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, also where an event loop runs already.

    It costs a thread: for calls that are made now and then.
    """
    background = Background()
    try:
        return background.wait_for(work)
    finally:
        background.close()
