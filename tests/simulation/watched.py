"""`Watched`: the client's `Machine`, with every frame compared with the ledger.

What a client is shown must have been committed before it was sent, and be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ot_client.machine import Machine
from ot_client.record import Record
from ot_protocol.messages import (
    Change,
    Edit,
    FromClient,
    Reset,
    ServerMessage,
    Update,
    Welcome,
)
from tests.simulation.ledger import Ledger
from tests.simulation.promises import Promise

__all__ = ["Watched", "Witness"]


class Witness:
    """Notes what one client says and is told, over all its lives."""

    def __init__(
        self,
        ledger: Ledger,
        session_id: str,
        client_id: str,
        breach: Callable[[Promise, object], None],
    ) -> None:
        self.session_id = session_id
        self.client_id = client_id
        self.epoch = 0
        self.acked: set[int] = set()
        self._ledger = ledger
        self._breach = breach
        self._sent: Edit | None = None
        """The last edit that it sent."""

    def says(self, message: FromClient) -> None:
        """Note a message that the client sends."""
        if isinstance(message, Edit):
            sent = self._sent
            if sent is not None and sent.seq == message.seq and sent != message:
                self._breach(Promise.FROZEN, message)
            self._sent = message

    def hears(self, message: ServerMessage, mark: int) -> None:
        """Note a message to the client, sent when `mark` commits had been made."""
        match message:
            case (
                Welcome(text=str(text), revision=int(revision))
                | Reset(text=str(text), revision=int(revision))
            ):
                self.epoch = message.epoch
                self._see(revision, message.chain, mark, text)
            case Welcome(to=int(to), changes=list(changes)):
                self.epoch = message.epoch
                self._see(to, message.chain, mark)
                self._see_acks(changes, to)
            case Update():
                self._see(message.to, message.chain, mark)
                self._see_acks(message.changes, message.to)
            case _:
                pass

    def loses(self, reason: str) -> None:
        """Note that the client gives up its last edit, and goes on."""
        if self._sent is None or reason in ("lineage", "history_trimmed", "diverged"):
            return  # its outcome is unknown
        seq = self._sent.seq
        row = self._ledger.sessions[self.session_id].clients[self.client_id]
        if row.last_seq < seq:
            self._breach(Promise.RECORDED, seq)
        self._ledger.refuse(self.session_id, self.client_id, seq)

    def _see(self, revision: int, chain: str, mark: int, text: str | None = None) -> None:
        lineage = self._ledger.lineages[self.session_id, self.epoch]
        if revision > lineage.head or lineage.marks[revision] > mark:
            self._breach(Promise.COMMITTED, revision)
        elif chain != lineage.chains[revision].hex():
            self._breach(Promise.SHOWN, (self.epoch, revision, chain, lineage.chains))
        elif text is not None and text != lineage.texts[revision]:
            self._breach(Promise.SHOWN, (self.epoch, revision, text, lineage.texts[revision]))

    def _see_acks(self, changes: Sequence[Change], to: int) -> None:
        seqs = self._ledger.lineages[self.session_id, self.epoch].seqs
        for change in changes:
            if change.ack is not None:
                self.acked.add(change.ack)
                if seqs.get((self.client_id, change.ack), to + 1) > to:
                    self._breach(Promise.ACKED, change.ack)


class Watched(Machine):
    """A client that is watched."""

    def __init__(
        self, witness: Witness, random: Random, mark: Callable[[], int], record: Record | None
    ) -> None:
        """`mark` returns the number of commits when the last frame that came was sent."""
        super().__init__(witness.client_id, random.uniform, record=record)
        self._witness = witness
        self._mark = mark

    def outgoing(self) -> list[FromClient]:
        messages = super().outgoing()
        for message in messages:
            self._witness.says(message)
        return messages

    def hear(self, message: ServerMessage | None) -> None:
        assert message is not None
        self._witness.hears(message, self._mark())
        super().hear(message)
