"""``/metrics``, for Prometheus; and every request counted, by the route that it took.

There is no such path unless a token is set: only the server's operator may know how much is
going on.
"""

from __future__ import annotations

import hmac
from time import perf_counter
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ot_server.http.framework.problem import INVALID_TOKEN, NOT_AUTHENTICATED, Problem
from ot_server.http.framework.services import SERVICES, bearer
from ot_server.telemetry.metrics import CONTENT_TYPE, Count, Gauge, Metrics

__all__ = ["add_metrics", "measure"]

SWITCHING: Final = 101
"""A WebSocket, that is: how long one lasts is nothing that anybody has waited for."""


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count a request when it has been answered."""
    start = perf_counter()
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        _count(request, answer.status, perf_counter() - start)
        raise
    _count(request, response.status, perf_counter() - start)
    return response


def _count(request: web.Request, status: int, seconds: float) -> None:
    meters = request.app[SERVICES].meters
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
    method = request.method if request.method in hdrs.METH_ALL else "other"
    meters.requests[method, route, str(status)] += 1
    if status != SWITCHING:
        meters.request_seconds[route].observe(seconds)


def add_metrics(app: web.Application) -> None:
    """Serve them to those who have the token of the settings, if there is one."""
    services = app[SERVICES]
    token, hub = services.settings.metrics_token.encode(), services.hub
    if not token:
        return
    metrics = Metrics(
        services.meters,
        [
            Gauge("ot_sessions", "Sessions that are live here.", lambda: hub.sessions),
            Gauge("ot_connections", "Clients that are connected.", lambda: hub.connections),
            Gauge("ot_draining", "Whether the server is stopping.", lambda: hub.is_draining),
            Gauge("ot_sequencer_up", "Whether other nodes hear this one.", lambda: hub.is_heard),
        ],
        [Count("ot_sequencer_failures", "Calls and connections lost.", lambda _: hub.failures)],
    )

    async def show(request: web.Request) -> web.Response:
        given = bearer(request)
        if given is None:
            raise Problem(NOT_AUTHENTICATED)
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), token):
            raise Problem(INVALID_TOKEN)
        return web.Response(body=await metrics.written(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    app.router.add_get("/metrics", show)
