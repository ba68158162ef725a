"""`View`: the text that the user is shown, with all that lies in it, and what they are told.

No I/O, no clock.  Invariants: a copy of the text that takes in each edit and each `Changed`
equals `text`; and what leads out of the text that the user typed comes back as `Unsaved`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET

from ot_client.diagnostics import Diagnostics
from ot_client.errors import TooLarge
from ot_client.events import Changed, DiagnosticsChanged, Event, PresenceChanged, Unsaved
from ot_client.offers import Offers
from ot_client.presence import SELF, Presence, Presences, clamped, move
from ot_client.record import Place
from ot_client.replica import Replica
from ot_client.size import Size
from ot_core import LengthMismatch, Operation, Selection, diff, transform
from ot_protocol import messages as wire

__all__ = ["View"]


class View:
    """What one user sees of a session's text."""

    def __init__(self, replica: Replica, client_id: str) -> None:
        self.replica = replica
        self.client_id = client_id
        self.presences = Presences()
        self.diagnostics = Diagnostics()
        self.size = Size()
        self.offered = Offers()
        self.offers = replica.stored.offers if replica.stored else 0
        """How often this client has given up what was typed."""
        self._events: list[Event] = []

    def edit(self, operation: Operation) -> bool:
        """Take in an edit of the text shown, and return whether it changes anything.

        Raises:
            InvalidOperation: the protocol can't carry it.
            LengthMismatch: it was not made for the text shown.
            TooLarge: the text would have more bytes than the server takes.
        """
        client = self.replica.client
        operation = Operation.from_wire(operation.components)
        if operation.base_length != client.length:
            raise LengthMismatch(
                f"an edit of {operation.base_length} code points, not {client.length}"
            )
        if operation.is_noop:
            return False
        self.size.require(operation, lambda: operation.apply(self.replica.text))
        self.replica.edit(operation)
        self._move(operation)
        return True

    def select(self, selections: Sequence[Selection] | None, data: Any) -> None:
        """The user's carets are here in the text shown, with this beside them.

        None: the carets are where they are; UNSET: what is beside them is what it is.

        Raises:
            TooLarge: more is to be shown beside them than the server takes; nothing has changed.
            TypeError, ValueError: it can't be said as JSON; nothing has changed.
        """
        before = self.presences.get(SELF)
        mine = before[0] if before else Presence(())
        if data is not UNSET:
            mine = replace(mine, data=copied(data))
        if selections is not None:
            mine = replace(mine, selections=tuple(selections))
        self.presences.put(SELF, [mine])

    def show(self, changes: Iterable[Changed]) -> None:
        """The text shown is changed by others, or by the server's word."""
        for change in changes:
            self.size.change(change.operation)
            self._move(change.operation)
            if not change.operation.is_noop:
                self.tell(change)

    def give_up(self, reason: str) -> None:
        """Nothing that is unconfirmed will ever be committed: offer it, out of the text."""
        unsaved, is_placed = self.replica.unsaved, self.replica.stored is None
        self.show([self.replica.give_up()])
        self.offer(reason, unsaved, is_placed=is_placed)

    def reject(self, reason: str) -> None:
        """What is outstanding will never be committed: offer it, out of the text."""
        outstanding = self.replica.client.outstanding
        if outstanding is not None:
            self.show([self.replica.reject()])
            self.offer(reason, outstanding)

    def restart(self, reason: str, text: str, place: Place) -> None:
        """Begin at a text of the server's, whatever there was: offer what was unconfirmed."""
        replica = self.replica
        unsaved, before = replica.unsaved, replica.client.confirmed if replica.has_text else None
        self.show(replica.restart(text, place))
        self.size.start(text)
        if before is not None:
            if reason == "lineage":
                self._offer_what_is_gone(before, text)
            if unsaved is not None:
                _, unsaved = transform(diff(before, text), unsaved)
        self.offer(reason, unsaved, is_placed=before is not None)

    def offer(self, reason: str, unsaved: Operation | None, *, is_placed: bool = True) -> None:
        """Give back what is not in the text any more: an operation on the confirmed text.

        `is_placed`: it is; otherwise on a text that is not known any more.
        """
        if unsaved is None:
            return
        if is_placed:
            for operation in self.replica.unconfirmed:
                _, unsaved = transform(operation, unsaved)
        pieces = (part for part in unsaved.components if isinstance(part, str))
        name = f"{self.client_id}-{self.offers}"
        if is_placed:
            self.offered.add(name, unsaved)
        self.tell(Unsaved(reason, "\n".join(pieces), unsaved, name))
        self.offers += 1

    def _offer_what_is_gone(self, before: str, text: str) -> None:
        """Offer what had been acknowledged, and is not in the text that was restored."""
        gone = diff(text, before)
        if any(isinstance(part, str) for part in gone.components):
            self.offer("restored", gone)

    def place(self, who: wire.Who) -> None:
        """These participants show this, in the confirmed text, and nothing else."""
        unconfirmed, length = self.replica.unconfirmed, self.replica.confirmed_length

        def placed(told: wire.ConnectionPresence) -> Presence:
            selections = clamped((Selection(*one) for one in told.selections), length)
            return Presence(move(selections, unconfirmed), told.typing, told.data, told.connection)

        changed = [
            participant
            for participant, shown in who.items()
            if self.presences.put(participant, map(placed, shown))
        ]
        if changed:
            self.tell(PresenceChanged(tuple(changed)))

    def diagnose(self, items: Sequence[wire.Diagnostic]) -> None:
        """These are all diagnostics, in the confirmed text."""
        self.diagnostics.put(items, self.replica.unconfirmed)
        self.tell(DiagnosticsChanged(tuple(self.diagnostics.all())))

    def tell(self, event: Event) -> None:
        """Let the user know."""
        self._events.append(event)

    def events(self) -> list[Event]:
        """Return what there is to show and to tell, each once."""
        events, self._events = self._events, []
        return events

    def _move(self, operation: Operation) -> None:
        self.presences.move(operation)
        self.diagnostics.move(operation)
        self.offered.move(operation)


def copied(data: Any) -> Any:
    """Return what others will see of this value, which its owner may go on to change.

    Raises:
        TooLarge, TypeError, ValueError: see `View.select`.
    """
    encoded = msgspec.json.encode(data)
    if len(encoded) > wire.PRESENCE_DATA_BYTES:
        raise TooLarge(f"data of {len(encoded)} bytes, more than {wire.PRESENCE_DATA_BYTES}")
    return msgspec.json.decode(encoded)
