"""`Waiting`: those who wait until what was made is committed, and what they are told instead.

Invariants: edits that are made later keep nobody waiting; and what is given up is told once
to those who wait for it, or else to the next who asks.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ot_client.errors import SessionClosed
from ot_client.events import Unsaved

__all__ = ["Waiting"]


@dataclass
class Waiter:
    """Somebody who waits until the first so many edits are decided."""

    made: int
    refused: list[Unsaved]
    """What was given up of them so far."""
    decided: asyncio.Future[list[Unsaved]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Waiting:
    """Those who wait for one session's edits."""

    def __init__(self) -> None:
        self.untold: list[Unsaved] = []
        """What was given up, and nobody was told."""
        self._waiters: list[Waiter] = []

    def wait(self, made: int) -> asyncio.Future[list[Unsaved]]:
        """Wait until the first so many edits are decided: it returns what was given up.

        What it returns is told by its caller, who says so by `tell`.
        """
        waiter = Waiter(made, list(self.untold))
        self._waiters.append(waiter)
        return waiter.decided

    def tell(self, unsaved: list[Unsaved]) -> None:
        """Somebody was told of these."""
        told = {one.id for one in unsaved}
        self.untold = [one for one in self.untold if one.id not in told]

    def give_up(self, unsaved: Unsaved) -> None:
        """This will never be committed."""
        self.untold.append(unsaved)
        for waiter in self._waiters:
            waiter.refused.append(unsaved)

    def let_go(self, decided: int, closed: SessionClosed | None) -> None:
        """Let those go who have nothing left to wait for, or who wait in vain."""
        waiting, self._waiters = self._waiters, []
        for waiter in waiting:
            is_decided = waiter.made <= decided
            if waiter.decided.done():
                pass  # its task was cancelled
            elif closed is not None and (waiter.refused or not is_decided):
                waiter.decided.set_exception(closed)
            elif is_decided:
                waiter.decided.set_result(waiter.refused)
            else:
                self._waiters.append(waiter)
