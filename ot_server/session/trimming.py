"""`Trimming`: how much of a session's past this node holds in memory."""

from __future__ import annotations

from typing import Final

from ot_server.session.audience import Audience
from ot_server.session.replica import Replica
from ot_server.settings import Settings

__all__ = ["Trimming"]

CARETS_EVERY: Final = 256
"""After so many revisions everybody's carets are moved to the head."""


class Trimming:
    """Keeps history short, but not shorter than a connection needs."""

    def __init__(self, settings: Settings, audience: Audience, head: int) -> None:
        self._settings = settings
        self._audience = audience
        self._carets_at = head

    def consider(self, replica: Replica) -> None:
        """The head has moved: forget what is too much.

        Beyond four times the bytes nobody is waited for: who is that far behind is reset.
        """
        settings, roster = self._settings, self._audience.roster
        if replica.head >= self._carets_at + CARETS_EVERY:
            roster.bring_forward(replica.document.history)
            self._carets_at = replica.head
        is_long = replica.head - replica.start >= 2 * settings.history_revisions
        is_large = replica.lines_size >= 2 * settings.history_bytes
        if not (is_long or is_large):
            return
        floor = max(
            replica.head - settings.history_revisions, replica.since_bytes(settings.history_bytes)
        )
        floor = self._audience.needed(floor)
        floor = max(floor, replica.head - settings.transform_lag, replica.start)
        if replica.lines_size >= 4 * settings.history_bytes:
            floor = max(floor, replica.since_bytes(2 * settings.history_bytes))
        roster.bring_forward(replica.document.history)
        replica.forget(floor)
