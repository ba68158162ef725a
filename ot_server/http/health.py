"""``GET /healthz``: the process answers."""

from __future__ import annotations

from aiohttp import web

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(_request: web.Request) -> web.Response:
    """Say that the process lives; whether it should be sent work is another question."""
    return web.json_response({"status": "ok"})
