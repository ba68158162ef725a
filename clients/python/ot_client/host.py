"""`Host`: does what a machine asks for.  It shows, stores, connects and keeps the time.

Invariants: nothing is sent that was not to be stored before; and what could not be stored is
known to the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ot_client.clock import Clock
from ot_client.events import Event
from ot_client.machine import Machine
from ot_client.socket import Socket, Token
from ot_client.storage import FileStorage
from ot_client.timing import Jitter
from ot_client.transport import Dial
from ot_protocol import CloseCode

__all__ = ["Host"]


class Host:
    """Runs one machine, from `start` to `close`."""

    def __init__(
        self,
        machine: Machine,
        dial: Dial,
        token: Token | None,
        clock: Clock,
        jitter: Jitter,
        storage: FileStorage | None,
        tell: Callable[[Event], None],
        settled: Callable[[], None],
    ) -> None:
        """`tell` is called with what happens, `settled` after all that followed from it."""
        self.machine = machine
        self.failure: Exception | None = None
        """What went wrong here, and was nobody's message."""
        self._storage = storage
        self._clock = clock
        self._socket = Socket(machine, dial, token, clock, jitter, self._settle)
        self._tell = tell
        self._settled = settled
        self._will_settle = False
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def do(self, act: Callable[[Machine], None]) -> None:
        """Tell the machine what its user does; what follows is done soon, once for many acts."""
        self.machine.at(self._clock.time())
        act(self.machine)
        self._socket.wake()
        if not self._will_settle:
            self._will_settle = True
            asyncio.get_running_loop().call_soon(self._settle_or_fail)

    def start(self) -> None:
        """Begin to connect, and go on until it is over."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End it now, as its user wishes; what is stored stays so.

        Raises:
            Exception: what has ended it before, if something went wrong here.
        """
        is_first, self._is_closing = not self._is_closing, True
        try:
            if self._task is not None:
                if is_first:
                    self._task.cancel()
                await asyncio.wait([self._task])
        finally:
            self._store()
            self.machine.end("left")
            self._settle_or_fail()
            if self._storage is not None:
                self._storage.close()
        if self.failure is not None:
            raise self.failure

    async def _run(self) -> None:
        try:
            await self._socket.run()
        except Exception as error:
            self._fail(error)

    def _settle(self) -> None:
        """Do what follows from what the machine was told."""
        for event in self.machine.events():
            self._tell(event)
        self._store()
        self._settled()

    def _settle_or_fail(self) -> None:
        self._will_settle = False
        try:
            self._settle()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        if self._task is not None:
            self._task.cancel()
        if self.machine.ended is None:
            self.machine.end("failed", CloseCode.INTERNAL_ERROR, repr(error))
            self._settle_or_fail()

    def _store(self) -> None:
        """Store what is unsaved, as it is now."""
        if self._storage is not None:
            for write in self.machine.writes():
                self.machine.stored(self._storage.perform(self.machine.client_id, write))
