"""TextBuffer beside str slicing: every keystroke of a real trace, and of longer texts."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from random import Random
from statistics import median
from time import process_time
from typing import NamedTuple

from benchmarks.results import keep, table
from ot_core import Operation, TextBuffer
from tests.traces import Patch, trace

TRACE = trace("automerge-paper")
PATCHES: Sequence[Patch] = [
    patch for transaction in TRACE.transactions for patch in transaction.patches
]


LONG_TEXT = "0123456789abcde\n" * 65_536
SCATTERED: Sequence[Patch] = [
    (Random(number).randint(-len(LONG_TEXT), 0), 0, "x") for number in range(50_000)
]


class Workload(NamedTuple):
    """Patches, typed `copies` times; each copy goes behind `start` and the copies before it."""

    name: str
    patches: Sequence[Patch] = PATCHES
    copies: int = 1
    start: str = ""
    runs: int = 3


WORKLOADS = (
    Workload("a quarter of the trace", PATCHES[: len(PATCHES) // 4], runs=5),
    Workload("a half", PATCHES[: len(PATCHES) // 2], runs=5),
    Workload("three quarters", PATCHES[: len(PATCHES) * 3 // 4], runs=5),
    Workload("the trace", runs=5),
    Workload("the trace twice over", copies=2),
    Workload("four times over", copies=4),
    Workload("the trace, behind one emoji", start="😀"),
    Workload("the trace, behind 1 MB of text", start=LONG_TEXT),
    Workload("letters all over 1 MB of text", SCATTERED, start=LONG_TEXT),
)


class Batch(NamedTuple):
    """The same edits as patches and as operations, made before the clock starts."""

    patches: Sequence[Patch]
    operations: Sequence[Operation]


def batches(workload: Workload) -> Iterator[Batch]:
    """Yield the edits, one copy of the trace at a time: all of them would fill the memory."""
    length = len(workload.start)
    for _ in range(workload.copies):
        offset, patches, operations = length, list[Patch](), list[Operation]()
        for position, deleted, inserted in workload.patches:
            start = offset + position
            patches.append((start, deleted, inserted))
            operations.append(Operation.replace(length, start, start + deleted, inserted))
            length += len(inserted) - deleted
        yield Batch(patches, operations)


def into_buffer(buffer: TextBuffer, operations: Sequence[Operation]) -> None:
    for operation in operations:
        buffer.apply(operation)


def into_str(text: str, patches: Sequence[Patch]) -> str:
    for position, deleted, inserted in patches:
        text = text[:position] + inserted + text[position + deleted :]
    return text


class Times(NamedTuple):
    """The CPU seconds of a workload in both ways, and the length of the resulting text."""

    buffer: float
    slicing: float
    length: int


def run(workload: Workload) -> Times:
    """Type the workload in both ways, by turns, and check that the texts are the same."""
    buffer, text = TextBuffer(workload.start), workload.start
    in_buffer = in_str = 0.0
    for batch in batches(workload):
        started = process_time()
        into_buffer(buffer, batch.operations)
        between = process_time()
        text = into_str(text, batch.patches)
        in_buffer += between - started
        in_str += process_time() - between
    assert buffer.text == text
    return Times(in_buffer, in_str, len(text))


def main() -> None:
    gc.disable()
    rows = []
    for workload in WORKLOADS:
        runs = [run(workload) for _ in range(workload.runs)]
        buffer, slicing = median(r.buffer for r in runs), median(r.slicing for r in runs)
        edits = len(workload.patches) * workload.copies
        row = (
            workload.name,
            f"{edits:,}",
            f"{runs[0].length:,}",
            f"{buffer:.2f}",
            f"{buffer / edits * 1e6:.2f}",
            f"{slicing:.2f}",
            f"{slicing / edits * 1e6:.2f}",
            f"{slicing / buffer:.1f}",
        )
        print(" | ".join(row), flush=True)
        rows.append(row)
    header = (
        "what is typed",
        "edits",
        "text at the end",
        "TextBuffer, s",
        "µs an edit",
        "str, s",
        "µs an edit",
        "str ÷ TextBuffer",
    )
    keep(
        "text_buffer",
        f"""
## TextBuffer

`TextBuffer.apply`, operation by operation, beside `text[:i] + new + text[j:]`. CPU seconds, medians
of 3 to 5 runs of both in one process, by turns; the operations are made before the clock starts,
and TextBuffer checks the length of each, which slicing doesn't. The trace is `automerge-paper`.

{table(header, rows)}

TextBuffer's time grows with the number of edits; that of slicing with their number times the length
of the text, and steeper once the text holds a character above U+FFFF, as each then takes four
bytes. Edits that jump about, the last row, are TextBuffer's worst case: it walks over the chunks.
""",
    )


if __name__ == "__main__":
    main()
