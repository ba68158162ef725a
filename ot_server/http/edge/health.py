"""Is this server there, and should it be sent work?  Asked by what runs servers, not by people."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ot_server.http.framework.problem import UNAVAILABLE, Problem
from ot_server.http.framework.routing import Call, Routes

__all__ = ["routes"]

routes = Routes("health", prefix="")


class Health(Struct):
    """A server that is well; one that isn't answers with a problem."""

    status: Literal["ok"] = "ok"


class Readiness(Struct):
    """A server that takes work; one that doesn't answers with a problem."""

    status: Literal["ok", "degraded"]
    """`degraded`: somebody should look at what is `wrong`, and work is welcome meanwhile."""
    sequencer: Literal["ok", "unavailable"]
    """Whether other nodes hear this one; those that don't see edits within a second."""
    durable: bool
    """Whether what is acknowledged here survives a loss of power."""
    tables: int
    """The version of the store's tables."""
    wrong: list[str]
    """In words, for people; empty where the status is `ok`."""


@routes.get("/healthz", bucket=None)
async def healthz(call: Call[None, None]) -> Health:
    """Say that the process lives; whether it should be sent work is another question."""
    return Health()


@routes.get("/readyz", bucket=None, problems=(UNAVAILABLE,))
async def readyz(call: Call[None, None]) -> Readiness:
    """Say that work is welcome: the store takes commits, and the server is not about to stop."""
    services = call.services
    if services.hub.is_draining:
        raise Problem(UNAVAILABLE, "the server is stopping")
    store = await services.store.condition()
    if not store.is_writable:
        raise Problem(UNAVAILABLE, "the database is read only: a replica, or set so")
    is_heard = services.hub.is_heard
    wrong = [f"the store may lose what was acknowledged: {why}" for why in store.weaknesses]
    if not is_heard:
        wrong.append("other nodes are not reached")
    return Readiness(
        status="degraded" if wrong else "ok",
        sequencer="ok" if is_heard else "unavailable",
        durable=not store.weaknesses,
        tables=store.tables,
        wrong=wrong,
    )
