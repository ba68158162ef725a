"""`Replica`: what this node holds of one session, always something the store has committed.

Invariant: `document` is the text at `head` and the history that leads there; `lines`
are the same revisions of the log, with their authors; a change is taken over as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ot_core import Document, Operation, OTError, TextBuffer
from ot_protocol.messages import Role
from ot_server.errors import Corrupt
from ot_server.log.line import take_in, vouch_for_all
from ot_server.store.rows import ClientRow, CommittedOperation, SessionRow, Snapshot, Standing

__all__ = ["Replica"]


class Replica:
    """One session in memory."""

    def __init__(self, standing: Standing, snapshot: Snapshot, chain: bytes) -> None:
        """Begin at a snapshot, with the chain at its revision; `extend` goes on from there."""
        self.epoch = standing.row.epoch
        self.version = standing.row.version
        self.info = standing.info
        """Title, language and so on, as of `version`."""
        self.lock = standing.lock
        """The lock as of `version`; it is read again when it ends."""
        self.roles: dict[str, Role] = {}
        """The roles of the connected participants, as of `version`."""
        self.clients: dict[str, ClientRow] = {}
        """The rows of the clients that are connected or whose operations wait."""
        self.document = Document(snapshot.text, snapshot.revision)
        self.lines: list[CommittedOperation] = []
        self.size = len(snapshot.text.encode())
        """An upper bound of the text's size in bytes; deletes count only when it is measured."""
        self.lines_size = 0
        """The size of the operations in `lines`, in bytes."""
        self._start_chain = chain

    @property
    def start(self) -> int:
        """The revision after which history is held in memory."""
        return self.document.history.start

    @property
    def head(self) -> int:
        """The last revision."""
        return self.document.revision

    @property
    def chain(self) -> bytes:
        """The chain at the head."""
        return self.lines[-1].chain if self.lines else self._start_chain

    def may_lead_to(self, row: SessionRow) -> bool:
        """Whether the store's log can continue this one: it is of this lineage, and not behind."""
        if row.head == self.head and row.chain != self.chain:
            return False
        return row.epoch == self.epoch and row.head >= self.head

    def chain_at(self, revision: int) -> bytes:
        """Return the chain at a revision that is held in memory."""
        if revision == self.start:
            return self._start_chain
        return self.lines[revision - self.start - 1].chain

    def between(self, first: int, last: int) -> Sequence[CommittedOperation]:
        """Return the lines after revision `first` up to `last`; both are held in memory."""
        return self.lines[first - self.start : last - self.start]

    def believe(self, standing: Standing) -> None:
        """Take over version, title, lock, roles and clients of this epoch from the store."""
        self.version = standing.row.version
        self.info = standing.info
        self.lock = standing.lock
        self.roles = dict(standing.roles)
        self.clients = dict(standing.clients)

    def extend(self, lines: Iterable[CommittedOperation]) -> None:
        """Take in the next lines of the log.

        Raises:
            Corrupt: a line doesn't continue this log; those before it are taken in.
        """
        for line in lines:
            take_in(line, self.head, self.chain, self.document)
            self.size += len(line.operation)  # at least as much as it inserts
            self._note(line)

    def adopt(
        self,
        lines: Sequence[CommittedOperation],
        operations: Sequence[Operation],
        buffer: TextBuffer,
        size: int,
        clients: Iterable[ClientRow],
    ) -> None:
        """Take in the lines that this node has just committed, and the text after them."""
        for line, operation in zip(lines, operations, strict=True):
            self.document.history.append(operation)
            self._note(line)
        self.document.buffer = buffer
        self.size = size
        self.version += 1
        self.clients |= {client.client_id: client for client in clients}

    def reach_back(
        self,
        lines: Sequence[CommittedOperation],
        operations: Sequence[Operation],
        chain: bytes,
    ) -> None:
        """Hold more of the past.

        Args:
            lines: the lines of the store that lead up to `start`.
            operations: their operations.
            chain: the chain before the first of them.

        Raises:
            Corrupt: they don't lead to `start`.
        """
        if vouch_for_all(lines, self.start - len(lines), chain) != self._start_chain:
            raise Corrupt(f"the chain breaks at revision {self.start}")
        try:
            self.document.history.prepend(operations)
        except OTError as error:
            raise Corrupt(f"before revision {self.start}: {error}") from error
        self.lines[:0] = lines
        self.lines_size += sum(len(line.operation) for line in lines)
        self._start_chain = chain

    def forget(self, revision: int) -> None:
        """Drop the past before `revision`."""
        self._start_chain = self.chain_at(revision)
        gone = self.lines[: revision - self.start]
        self.lines_size -= sum(len(line.operation) for line in gone)
        del self.lines[: revision - self.start]
        self.document.history.forget(revision)

    def since_bytes(self, most: int) -> int:
        """Return the first revision from which on the lines have at most `most` bytes."""
        revision = self.head
        for line in reversed(self.lines):
            most -= len(line.operation)
            if most < 0:
                break
            revision -= 1
        return revision

    def _note(self, line: CommittedOperation) -> None:
        self.lines.append(line)
        self.lines_size += len(line.operation)
