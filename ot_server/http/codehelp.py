"""Help with the code: its diagnostics, and what may come next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from msgspec import Meta, Struct

from ot_protocol.messages import Count, Diagnostic, Offset
from ot_server.access.roles import Action
from ot_server.codehelp.completions import Completion
from ot_server.codehelp.words import words_of
from ot_server.http.framework.answers import ANALYSIS_FAILED
from ot_server.http.framework.problem import (
    CORRUPT,
    INVALID_BODY,
    NO_SUCH_REVISION,
    Problem,
    ProblemType,
)
from ot_server.http.framework.routing import Call, Reply, Routes, SessionCall
from ot_server.http.text import newest
from ot_server.languages import language_of
from ot_server.log.past import moment_at
from ot_server.log.reading import undisturbed

__all__ = ["routes"]

routes = Routes("code help")

DIAGNOSTICS_OFF: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "diagnostics_off", "this server makes no diagnostics"
)
AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


class Diagnosed(Struct):
    """The diagnostics of a text."""

    revision: int
    items: list[Diagnostic]
    """In the order of the text; offsets in code points."""


class CompletionPlace(Struct, forbid_unknown_fields=True):
    """Where something is to be completed."""

    revision: Count
    offset: Offset
    """In code points of the text at that revision."""


class CompletionsThere(Struct):
    """What may stand in the place of ``[start, stop)``."""

    revision: int
    start: int
    """In code points of the text at that revision, like `stop`."""
    stop: int
    items: list[Completion]
    """The likeliest first."""


class WordsQuery(Struct, forbid_unknown_fields=True):
    """Which words are wanted."""

    query: Annotated[str, Meta(max_length=200)] = ""
    """How they begin, in whatever case."""
    language: Annotated[str, Meta(max_length=32)] = "python"


class Words(Struct):
    """Words of a language."""

    items: list[Completion]


@routes.get(
    "/sessions/{session_id}/diagnostics",
    action=Action.READ,
    problems=(DIAGNOSTICS_OFF, ANALYSIS_FAILED),
)
async def read_diagnostics(call: SessionCall[None, None]) -> Diagnosed:
    """Return the diagnostics of the text at the head.

    They are made now, unless they are known already. The server looks at Python only: in other
    languages there are none.
    """
    services = call.services
    if not services.settings.diagnostics:
        raise Problem(DIAGNOSTICS_OFF)
    actor = await newest(services, call.session_id)
    found = await actor.diagnostics.newest(services.ruff)
    return Diagnosed(found.revision, found.items)


@routes.post(
    "/sessions/{session_id}/completions",
    action=Action.READ,
    status=HTTPStatus.OK,
    problems=(NO_SUCH_REVISION, CORRUPT),
)
async def complete(call: SessionCall[CompletionPlace, None]) -> CompletionsThere:
    """Return what may be meant at a place of the text at a revision, the likeliest first.

    Python is completed by what its names mean, if that can be told in time; all else by the
    words of the text, and those of its language.
    """
    revision, offset = call.body.revision, call.body.offset
    language, text = await _text_at(call, revision)
    if offset > len(text):
        raise Problem(INVALID_BODY, "there is no such place in that text - at `$.offset`")
    found = await call.services.completer.complete(language, text, offset)
    return CompletionsThere(revision, found.start, found.stop, found.items)


@routes.get("/autocomplete")
async def read_words(call: Call[None, WordsQuery]) -> Reply[Words]:
    """Return the keywords and builtins of a language that begin so."""
    query = call.query
    return Reply(Words(words_of(language_of(query.language), query.query)), AN_HOUR)


async def _text_at(call: SessionCall[CompletionPlace, None], revision: int) -> tuple[str, str]:
    """Return a session's language, and its text at a revision."""
    actor = await newest(call.services, call.session_id)
    replica = actor.replica
    if revision == replica.head:
        return replica.info.language, replica.document.text
    store = call.services.store
    async with undisturbed(store, call.session_id, revision):
        moment = await moment_at(store, call.session_id, revision)
    return replica.info.language, moment.text.text
