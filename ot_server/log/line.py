"""One line of the log: it is checked against the chain, then decoded, only here.

Law: what is returned here is what was committed; anything else is `Corrupt`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ot_core import Operation, OTError
from ot_protocol import decode_operation
from ot_server.errors import Corrupt
from ot_server.store.rows import Block, CommittedOperation, extend_chain

__all__ = ["Text", "decode", "take_in", "vouch_for", "vouch_for_all"]


class Text(Protocol):
    """A text that operations are applied to."""

    def apply(self, operation: Operation) -> object:
        """Change the text by an operation."""


def vouch_for(line: CommittedOperation, revision: int, chain: bytes) -> None:
    """Check that a line continues the log that ends at `revision` with this chain.

    Raises:
        Corrupt: it doesn't.
    """
    if line.revision != revision + 1:
        raise Corrupt(f"revision {line.revision} comes after {revision}")
    if line.chain != extend_chain(chain, line.operation):
        raise Corrupt(f"the chain breaks at revision {line.revision}")


def vouch_for_all(lines: Iterable[CommittedOperation], revision: int, chain: bytes) -> bytes:
    """Check that lines continue the log one by one, and return the chain after the last of them.

    Raises:
        Corrupt: one doesn't.
    """
    for line in lines:
        vouch_for(line, revision, chain)
        revision, chain = line.revision, line.chain
    return chain


def decode(kept: CommittedOperation | Block) -> Operation:
    """Return the operation of a line that was checked, or of a block, which no chain confirms.

    Raises:
        Corrupt: it is not an operation.
    """
    try:
        return decode_operation(kept.operation)
    except OTError as error:
        what = f"block {kept.first}-{kept.last}" if isinstance(kept, Block) else _name(kept)
        raise Corrupt(f"{what}: {error}") from error


def take_in(line: CommittedOperation, revision: int, chain: bytes, text: Text) -> Operation:
    """Apply the next line to the text at `revision`, whose chain this is; return its operation.

    Raises:
        Corrupt: it doesn't continue the log; the text is unchanged.
    """
    vouch_for(line, revision, chain)
    operation = decode(line)
    try:
        text.apply(operation)
    except OTError as error:
        raise Corrupt(f"{_name(line)}: {error}") from error
    return operation


def _name(line: CommittedOperation) -> str:
    return f"revision {line.revision}"
