"""`simulate`: a run that is made entirely from one number.

A failure prints the number, with which exactly the same run can be done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, Final

from structlog.testing import capture_logs

from tests.server.props.virtual_time import BUGS
from tests.simulation.loop import Loop, Stuck
from tests.simulation.promises import Promise
from tests.simulation.seams import seams
from tests.simulation.typescript import forget_all
from tests.simulation.verdict import Broken, Trace
from tests.simulation.world import World

__all__ = ["simulate"]

SHOWN: Final = 60
"""How many of the last events are shown with a failure."""


def simulate(seed: int, *, is_mixed: bool = False) -> Trace:
    """Do one run, and return what happened in it.

    `is_mixed`: whether every other person uses the TypeScript machine.

    Raises:
        Broken: a promise was not kept; its notes say how to replay the run, and what led there.
    """
    loop, random = Loop(), Random(seed)
    world = World(loop, random, is_mixed)
    trace = world.cluster.trace
    try:
        with capture_logs() as logs, seams(loop, random, world.cluster.redis.clients.__getitem__):
            try:
                loop.run_until_complete(world.run())
                _require_that_nothing_failed(loop, logs, trace)
            except Stuck as stuck:
                raise Broken(Promise.REST, stuck, trace) from stuck
            finally:
                loop.end()
                if is_mixed:
                    forget_all()
    except Broken as broken:
        broken.add_note(trace.end(SHOWN))
        mixed = "--mixed " if is_mixed else ""
        broken.add_note(f"replay it with python -m tests.simulation {mixed}--seed {seed}")
        raise
    return trace


def _require_that_nothing_failed(
    loop: Loop, logs: Iterable[Mapping[str, Any]], trace: Trace
) -> None:
    for error in loop.unheard:
        raise Broken(Promise.UNHEARD, repr(error), trace) from error
    for entry in logs:
        if entry["event"] in BUGS:
            raise Broken(Promise.UNHEARD, entry, trace)
