"""``GET /sessions/{id}/text``: the whole text, as of a revision."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import Struct

from ot_server.access.roles import Action
from ot_server.http.problem import Problem
from ot_server.http.services import SERVICES

__all__ = ["routes"]

routes = web.RouteTableDef()


class Text(Struct):
    """A session's text at a revision."""

    text: str
    revision: int
    epoch: int


@routes.get("/api/v1/sessions/{session_id}/text")
async def read_text(request: web.Request) -> web.Response:
    """Return the text at the head; with ``min_revision``, at that revision or later, or 503."""
    services = request.app[SERVICES]
    session_id = request.match_info["session_id"]
    await services.authorize(request, session_id, Action.READ)
    min_revision = _min_revision(request)
    actor = await services.hub.actor(session_id)
    async with asyncio.timeout(services.settings.unavailable_seconds):
        await actor.caught_up()
    replica = actor.replica
    if replica.head < min_revision:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            f"revision {min_revision} is not here yet",
        )
    tag = f"{replica.epoch}-{replica.head}"
    headers = {"ETag": f'"{tag}"'}
    if any(known.value in (tag, "*") for known in request.if_none_match or ()):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    body = Text(replica.document.text, replica.head, replica.epoch)
    return web.Response(
        body=msgspec.json.encode(body), content_type="application/json", headers=headers
    )


def _min_revision(request: web.Request) -> int:
    value = request.query.get("min_revision", "0")
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_query", "min_revision is a revision"
        )
    return int(value)
