"""`Storing`: what has to be stored of a client, and whether it is.  No I/O.

Invariant: there is a record while anything is unconfirmed, and none otherwise.
"""

from __future__ import annotations

from ot_client.outbox import Outbox
from ot_client.record import Forget, Keep, Record, Write
from ot_client.view import View

__all__ = ["Storing"]


class Storing:
    """What is stored of one client, as far as it knows."""

    def __init__(self, view: View, outbox: Outbox) -> None:
        """What the view's replica goes on from is stored."""
        self._view = view
        self._outbox = outbox
        self._written = view.replica.stored
        self._is_done = self._written is not None

    @property
    def record(self) -> Record | None:
        """What is unconfirmed, and where; None: nothing is."""
        replica, outbox = self._view.replica, self._outbox
        unconfirmed = replica.stored or replica.client
        outstanding, place = unconfirmed.outstanding, replica.place
        if outstanding is None or place is None:
            return None
        offers, buffer = self._view.offers, unconfirmed.buffer
        return Record(place, outbox.seq, outbox.sent, offers, outstanding, buffer)

    def writes(self) -> list[Write]:
        """Return what is to be stored; it counts as written."""
        record = self.record
        if not self._differs(record):
            return []
        self._written, self._is_done = record, False
        return [Forget() if record is None else Keep(record)]

    def done(self, is_done: bool) -> None:
        """Whether all that `writes` returned last is stored."""
        self._is_done = is_done

    @property
    def is_safe(self) -> bool:
        """Whether all that is unconfirmed is known to be stored."""
        record = self.record
        return record is None or (self._is_done and not self._differs(record))

    def begin_anew(self) -> None:
        """Nothing is stored under the client's new id."""
        self._written = None

    def _differs(self, record: Record | None) -> bool:
        return self._written is not None if record is None else not record.is_like(self._written)
