"""Is this server there, and should it be sent work?  Asked by what runs servers, not by people."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct

from ot_server.http.problem import UNAVAILABLE, Problem
from ot_server.http.routing import Call, Routes

__all__ = ["routes"]

routes = Routes("health", prefix="")


class Health(Struct):
    """A server that is well; one that isn't answers with a problem."""

    status: Literal["ok"] = "ok"


class Readiness(Struct):
    """A server that takes work; one that doesn't answers with a problem."""

    status: Literal["ok"] = "ok"
    sequencer: Literal["ok", "unavailable"] = "ok"
    """Whether other nodes hear this one; those that don't see edits within a second."""


@routes.get("/healthz", bucket=None)
async def healthz(call: Call[None, None]) -> Health:
    """Say that the process lives; whether it should be sent work is another question."""
    return Health()


@routes.get("/readyz", bucket=None, problems=(UNAVAILABLE,))
async def readyz(call: Call[None, None]) -> Readiness:
    """Say that work is welcome: the store can be read, and the server is not about to stop."""
    services = call.services
    if services.hub.is_draining:
        raise Problem(UNAVAILABLE, "the server is stopping")
    async with asyncio.timeout(services.settings.unavailable_seconds):
        await services.store.heads(())
    return Readiness(sequencer="ok" if services.hub.is_heard else "unavailable")
