"""`Watched`: the way of a client's frames, each of which is compared with the ledger.

What a client is shown must have been committed before it was sent, and be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ot_protocol import decode_client, decode_server
from ot_protocol.messages import Change, Edit, Reset, Update, Welcome
from tests.simulation.ledger import Ledger
from tests.simulation.network import ClientEnd
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
        self._seq = 0
        """That of the last edit that it sent."""
        self._frame = b""
        """That edit, as it was sent."""

    def says(self, frame: bytes) -> None:
        """Note what the client sends."""
        message = decode_client(frame)
        if isinstance(message, Edit):
            if message.seq == self._seq and frame != self._frame:
                self._breach(Promise.FROZEN, message)
            self._seq, self._frame = message.seq, frame

    def hears(self, frame: bytes, mark: int) -> None:
        """Note what the client is told, sent when `mark` commits had been made."""
        match message := decode_server(frame):
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
        seq = self._seq
        if not seq or reason in ("lineage", "restored", "history_trimmed", "diverged"):
            return  # its outcome is unknown
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


class Watched:
    """A transport (`ot_client.transport.Transport`) that is watched."""

    def __init__(self, end: ClientEnd, witness: Witness) -> None:
        self._end = end
        self._witness = witness

    async def send(self, frame: bytes) -> None:
        self._witness.says(frame)
        await self._end.send(frame)

    async def receive(self) -> bytes:
        frame = await self._end.receive()
        self._witness.hears(frame, self._end.mark)
        return frame

    async def close(self) -> None:
        await self._end.close()
