"""`serve`: a contender's end of the conversation with ``benchmarks/contender.py``.

What is made from the data is made before the clock starts; `fresh` too is outside of it,
and so is `text`.  Only `run` counts.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any, Protocol

__all__ = ["Data", "Task", "halves", "serve"]

Data = Any
"""What a workload is made of: JSON, in the shape that ``benchmarks/workloads.py`` gives it."""


class Task(Protocol):
    """One piece of work, made from its data."""

    def fresh(self) -> None:
        """Get ready to run, for the first time or again."""

    def run(self) -> None:
        """Do the work."""

    def text(self) -> str:
        """Return the text that came out, and check what else is promised."""


def serve(tasks: Mapping[str, Callable[[Data], Task]]) -> None:
    """Answer until the other end closes."""
    task: Task | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            task = tasks[request["prepare"]](json.loads(sys.stdin.readline()))
            gc.collect()
            gc.freeze()  # what was made beforehand is not what the collector shall look at
            answer(ready=True)
        elif "memory" in request:
            measure_memory(tasks[request["task"]], request["file"], request["memory"])
        else:
            assert task is not None
            task.fresh()
            started = process_time()
            for _ in range(request["run"]):
                task.run()
            seconds = process_time() - started
            answer(seconds=seconds, digest=digest(task.text()))


def measure_memory(make: Callable[[Data], Task], file: str, measure: str) -> None:
    """Answer by how many bytes the process grows."""
    with open(file, encoding="utf-8") as lines:
        if measure == "counted":
            tracemalloc.start()
        gc.collect()
        before = memory(measure)
        task = make({"start": json.loads(next(lines)), "patches": map(json.loads, lines)})
        task.fresh()
        task.run()
    gc.collect()
    grown = memory(measure) - before
    answer(bytes=grown, digest=digest(task.text()))


def memory(measure: str) -> int:
    """Return how many bytes the process holds, as Linux or as Python counts them."""
    if measure == "counted":
        return tracemalloc.get_traced_memory()[0]
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def answer(**values: float | str) -> None:
    print(json.dumps(values), flush=True)


def halves(operations: list[Any], compose: Callable[[Any, Any], Any]) -> Any:
    """Compose a run of operations, neighbour with neighbour, until there is one."""
    while len(operations) > 1:
        paired = zip(operations[::2], operations[1::2], strict=False)
        odd = operations[-1:] if len(operations) % 2 else []
        operations = [compose(a, b) for a, b in paired] + odd
    return operations[0]
