"""`simulate`: a run, all of it from one number.

Whatever fails prints the number; with it all of it is done again, to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, Final

from structlog.testing import capture_logs

from tests.simulation.loop import Loop, Stuck
from tests.simulation.seams import seams
from tests.simulation.verdict import Broken, Trace
from tests.simulation.world import World

__all__ = ["simulate"]

BUGS: Final = frozenset({"session_failed", "writer_failed", "hub_failed", "hearing_failed"})
"""What the server logs where it met something that its author didn't think of."""
SHOWN: Final = 60
"""So many of the last events are shown with a failure."""


def simulate(seed: int) -> Trace:
    """Do one run, and return what happened in it.

    Raises:
        Broken: a promise was not kept; its notes say how to see that again, and what led there.
    """
    loop, random = Loop(), Random(seed)
    world = World(loop, random)
    trace = world.cluster.trace
    try:
        with capture_logs() as logs, seams(loop, random, world.cluster.redis.clients.__getitem__):
            try:
                loop.run_until_complete(world.run())
                _require_that_nothing_failed(loop, logs, trace)
            except Stuck as stuck:
                raise Broken("it comes to rest", stuck, trace) from stuck
            finally:
                loop.end()
    except Broken as broken:
        broken.add_note(trace.end(SHOWN))
        broken.add_note(f"replay it with python -m tests.simulation --seed {seed}")
        raise
    return trace


def _require_that_nothing_failed(
    loop: Loop, logs: Iterable[Mapping[str, Any]], trace: Trace
) -> None:
    failures = [
        *(accident.get("exception", accident["message"]) for accident in loop.accidents),
        *(entry for entry in logs if entry["event"] in BUGS),
        *(task.exception() for task in loop.tasks if _has_failed_unheard(task)),
    ]
    for failure in failures:
        cause = failure if isinstance(failure, BaseException) else None
        raise Broken("nothing fails unheard", repr(failure), trace) from cause


def _has_failed_unheard(task: Any) -> bool:
    """Whether nobody has asked what became of a task that has failed."""
    return bool(task.done() and not task.cancelled() and task._log_traceback)
