"""Pages of other sites: who may ask is a list of exact origins, empty by default.

Tokens travel in headers that a page has to set itself, never in cookies: a page that has
none can do nothing here that its reader couldn't do without it.  A WebSocket is another
matter, since browsers open it for any page: its origin is ours, or on the list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ot_server.http.framework.problem import ORIGIN_NOT_ALLOWED, Problem
from ot_server.settings import Settings

__all__ = ["check_origins", "tell_origins"]

ASKED: Final = "Authorization, Content-Type, If-Match, If-None-Match"
"""The headers of requests that our calls know."""
TOLD: Final = "Allow, Content-Disposition, ETag, Location, Retry-After, WWW-Authenticate"
"""The headers of answers that a page may read, besides those that are always readable."""
PREFLIGHT_SECONDS: Final = 600
PORTS: Final = {"http": 80, "https": 443}

Tell = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def check_origins(settings: Settings) -> Middleware:
    """Return what lets pages of the origins in the settings ask, and no others."""
    allowed = settings.allowed_origins

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None:  # no browser, or a page of ours that only reads
            return await handler(request)
        is_allowed = origin in allowed or _is_ours(origin, request)
        if hdrs.UPGRADE in request.headers and not is_allowed:
            raise Problem(ORIGIN_NOT_ALLOWED)
        wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
        if request.method == hdrs.METH_OPTIONS and wanted is not None:
            return _preflight(request, is_allowed)
        return await handler(request)

    return check


def tell_origins(settings: Settings) -> Tell:
    """Return what tells browsers, ahead of each answer, which pages may read it."""
    allowed = settings.allowed_origins

    async def tell(request: web.Request, response: web.StreamResponse) -> None:
        if allowed:
            response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin in allowed:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = TOLD

    return tell


def _preflight(request: web.Request, is_allowed: bool) -> web.Response:
    """Say what a page of an allowed origin may ask of a path.

    Raises:
        Problem: 403, the origin is none of them.
        HTTPException: 404, there is no such path.
    """
    missed = request.match_info.http_exception
    if not isinstance(missed, web.HTTPMethodNotAllowed):
        raise missed or web.HTTPNotFound
    if not is_allowed:
        raise Problem(ORIGIN_NOT_ALLOWED)
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(sorted(missed.allowed_methods)),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ASKED,
            hdrs.ACCESS_CONTROL_MAX_AGE: str(PREFLIGHT_SECONDS),
        },
    )


def _is_ours(origin: str, request: web.Request) -> bool:
    """Whether an origin is where the request was sent to.

    Its scheme can't be compared: behind a proxy we are asked by HTTP in any case.
    """
    try:
        asked, port = urlsplit(origin), PORTS.get(urlsplit(origin).scheme)
        host = urlsplit(f"//{request.headers.get(hdrs.HOST, '')}")
        return bool(asked.hostname) and (asked.hostname, asked.port or port) == (
            host.hostname,
            host.port or port,
        )
    except ValueError:  # a port that is none
        return False
