"""The real editing traces of ``benchmarks/traces``, read for tests and benchmarks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from ot_core import Operation

FOLDER: Final = Path(__file__).parent.parent / "benchmarks" / "traces"

ONE_WRITER: Final = ("sveltecomponent", "rustcode", "automerge-paper")

Patch = tuple[int, int, str]
"""Position and count of what is deleted, in code points, and what is inserted there."""


class Transaction(NamedTuple):
    """Patches that one agent made in a row, on the merge of the transactions `parents`."""

    parents: tuple[int, ...]
    agent: int
    patches: tuple[Patch, ...]


@dataclass(frozen=True)
class Trace:
    """How a text came from `start` to `end`."""

    name: str
    start: str
    end: str
    agents: int
    transactions: tuple[Transaction, ...]

    def operations(self) -> Iterator[Operation]:
        """Yield each patch of a trace of one writer, as an operation on the text before it."""
        length = len(self.start)
        for transaction in self.transactions:
            for position, deleted, inserted in transaction.patches:
                yield Operation.replace(length, position, position + deleted, inserted)
                length += len(inserted) - deleted


@cache
def trace(name: str) -> Trace:
    """Read a trace by its name."""
    body = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return Trace(
        name,
        body.get("startContent", ""),
        body["endContent"],
        body.get("numAgents", 1),
        tuple(
            Transaction(
                tuple(transaction.get("parents", ())),
                transaction.get("agent", 0),
                tuple(tuple(patch) for patch in transaction["patches"]),
            )
            for transaction in body["txns"]
        ),
    )
