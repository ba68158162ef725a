"""`Connection`: how far a client has come with its connection, and why the last one is gone.

No I/O, no clock.

::

                connected              welcome
    ┌───────┐ ───────────► ┌────────┐ ─────────► ┌────┐
    │OFFLINE│              │GREETING│            │OPEN│     one may edit in each of them
    └───────┘              └────────┘            └────┘
        ▲                      │  out of step, silence │
        │ lost              ┌──┴────┐   no welcome     │
        ├───────────────────│LEAVING│◄─────────────────┘
        │                   └───────┘
        │ lost for good, end  ┌─────┐
        └───────────────────► │ENDED│                       nothing is taken or said any more
                              └─────┘

`lost` leads from GREETING and OPEN to OFFLINE too.
"""

from __future__ import annotations

from enum import Enum, auto
from math import inf
from typing import Final

from ot_client.status import End

__all__ = ["Connection", "Phase"]

WELCOME_WITHIN: Final = 10.0
"""Seconds from the hello to the server's welcome."""


class Phase(Enum):
    """How far it has come."""

    OFFLINE = auto()
    GREETING = auto()
    OPEN = auto()
    LEAVING = auto()
    ENDED = auto()


class Connection:
    """One connection after the other, until the end."""

    def __init__(self) -> None:
        self.phase = Phase.OFFLINE
        self.is_hello_due = False
        """Whether the hello is still to be said on it, while it is greeting."""
        self.leaving: str | None = None
        """Why it is to be dropped."""
        self.ended: End | None = None
        """Why there will be no other one."""
        self.lost: str | None = None
        """Why the last one went, or is to be dropped; None where none did."""
        self._greets_until = inf

    @property
    def is_open(self) -> bool:
        """Whether the server takes what is said on it."""
        return self.phase is Phase.OPEN

    @property
    def is_heard(self) -> bool:
        """Whether what the server says is taken."""
        return self.phase in (Phase.GREETING, Phase.OPEN)

    @property
    def deadline(self) -> float | None:
        """Until when there must be a welcome; None while none is waited for."""
        return self._greets_until if self.phase is Phase.GREETING else None

    def begin(self, now: float) -> None:
        """It stands, or so it seems."""
        self.phase, self.is_hello_due = Phase.GREETING, True
        self._greets_until = now + WELCOME_WITHIN

    def welcomed(self) -> None:
        """The server takes what is said on it."""
        self.phase = Phase.OPEN

    def leave(self, reason: str) -> None:
        """It is to be dropped."""
        self.phase, self.leaving, self.lost = Phase.LEAVING, reason, reason

    def lose(self, message: str) -> None:
        """It is gone."""
        self.lost = self.leaving or message
        self.phase, self.leaving = Phase.OFFLINE, None

    def end(self, end: End) -> None:
        """There will be no other one."""
        self.phase, self.leaving, self.ended = Phase.ENDED, None, end
