"""``/openapi.json``: the calls of this server, described for programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import msgspec
from aiohttp import web

from ot_server.http.openapi import openapi
from ot_server.http.routing import Routes

__all__ = ["add_description"]


def add_description(app: web.Application, tables: Sequence[Routes]) -> None:
    """Serve the description of these calls; it is written once, when it is first asked for."""

    @cache
    def written() -> tuple[bytes, str]:
        body = msgspec.json.encode(openapi(tables))
        return body, blake2b(body, digest_size=16).hexdigest()

    async def describe(request: web.Request) -> web.Response:
        body, tag = written()
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            raise web.HTTPNotModified(headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)

    app.router.add_get("/openapi.json", describe)
