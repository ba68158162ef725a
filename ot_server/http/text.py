"""``GET /sessions/{id}/text``: the whole text, as of a revision."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from ot_server.access.roles import Action
from ot_server.http.problem import UNAVAILABLE, Problem
from ot_server.http.routing import Reply, Routes, SessionCall

__all__ = ["routes"]

routes = Routes("text")

Revision = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class TextQuery(Struct, forbid_unknown_fields=True):
    """Which text is wanted."""

    min_revision: Revision = 0
    """At this revision or later, or not at all."""


class Text(Struct):
    """A session's text at a revision."""

    text: str
    revision: int
    epoch: int


@routes.get("/sessions/{session_id}/text", action=Action.READ, etag=True)
async def read_text(call: SessionCall[None, TextQuery]) -> Reply[Text]:
    """Return the text at the head; with ``min_revision``, at that revision or later, or 503."""
    actor = await call.services.hub.actor(call.session_id)
    async with asyncio.timeout(call.services.settings.unavailable_seconds):
        await actor.caught_up()
    replica = actor.replica
    wanted = call.query.min_revision
    if replica.head < wanted:
        raise Problem(UNAVAILABLE, f"revision {wanted} is not here yet")
    tag = f"{replica.epoch}-{replica.head}"
    headers = {"ETag": f'"{tag}"'}
    if any(known.value in (tag, "*") for known in call.request.if_none_match or ()):
        raise web.HTTPNotModified(headers=headers)
    return Reply(Text(replica.document.text, replica.head, replica.epoch), headers)
