"""`Author`: one agent of a trace, which writes its transactions again over what others wrote.

Each transaction was made on the text that its parents name.  When it is replayed, the author
has received more than that.  So it distinguishes two texts: the one that its transactions
were made on, of which only the length counts; and the one that is shown, to which the
operations in `extras` lead.

::

    text of the parents ── edit ──►          An edit is transformed past the extras, and they
             │                    │          past it: `ot_core.transform`, the extras being
          extras               extras_       committed.  When parents name more of the other's
             ▼                    ▼          transactions, the first extras belong to the text
        text shown ──── edit_ ──►            that the edit is made on, and are extras no more.

Invariant: the other agent's transactions are received one by one, in order.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from ot_core import Operation, transform
from tests.traces import Patch, Trace

__all__ = ["HELD", "Author", "Turn", "turns"]

HELD: Final = {"friendsforever": {22364: 22363}}
"""By trace: a transaction that must only be sent when another one is acknowledged.

Concurrent inserts never share a place in the trace, but here a delete brings two places
together.  What is committed first goes right, so the order must be fixed.
"""


class Turn(NamedTuple):
    """A transaction of one agent, and what it waits for."""

    patches: tuple[Patch, ...]
    known: int
    """How many transactions of the other agent its text holds."""
    held: int
    """How many transactions of the other agent must be acknowledged."""


def turns(trace: Trace) -> tuple[list[Turn], ...]:
    """Return what each of at most two agents writes, in order.

    Raises:
        ValueError: an agent forgets what it wrote: its parents don't lead to all of it.
    """
    held = HELD.get(trace.name, {})
    written: tuple[list[Turn], ...] = tuple([] for _ in range(trace.agents))
    versions: list[list[int]] = []  # how many transactions of each agent a text holds
    for index, transaction in enumerate(trace.transactions):
        mine = transaction.agent
        version = [0, 0]
        for parent in transaction.parents:
            version = list(map(max, version, versions[parent]))
        if trace.agents == 1:
            version[mine] = index  # a trace of one writer names no parents
        if version[mine] != len(written[mine]):
            raise ValueError(f"transaction {index} of {trace.name} forgets its agent's own")
        awaited = versions[held[index]][1 - mine] if index in held else 0
        written[mine].append(Turn(transaction.patches, version[1 - mine], awaited))
        version[mine] += 1
        versions.append(version)
    return written


class Author:
    """One agent: what it has still to write, and the text it writes on."""

    def __init__(self, turns: list[Turn], length: int) -> None:
        """`length` is that of the text before the trace, in code points."""
        self.turns = deque(turns)
        self.written = 0
        self.received = 0
        """How many transactions of the other agent the text shown holds."""
        self._length = length
        self._extras: deque[Operation] = deque()

    @property
    def is_ready(self) -> bool:
        """Whether all parents of the next transaction have been received."""
        return self.received >= self.turns[0].known

    def receive(self, operation: Operation) -> None:
        """The other agent's next transaction changed the text shown."""
        self._extras.append(operation)
        self.received += 1

    def write(self) -> Operation:
        """Return the next transaction as an operation on the text shown."""
        turn = self.turns.popleft()
        while len(self._extras) > self.received - turn.known:
            self._length = self._extras.popleft().target_length
        edit = Operation.noop(self._length)
        for position, deleted, inserted in turn.patches:
            length = edit.target_length
            edit = edit.compose(Operation.replace(length, position, position + deleted, inserted))
        self._length = edit.target_length
        for index, extra in enumerate(self._extras):
            self._extras[index], edit = transform(extra, edit)
        self.written += 1
        return edit
