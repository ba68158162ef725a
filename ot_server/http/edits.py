"""What comes of an edit that a call makes: the revision that it has become, or a refusal."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final, assert_never

from msgspec import Struct

from ot_protocol.messages import RejectCode
from ot_server.http.framework.etags import etag, is_expected
from ot_server.http.framework.problem import (
    CORRUPT,
    FORBIDDEN,
    INVALID_BODY,
    LOCKED,
    NO_SUCH_REVISION,
    TOO_LARGE,
    UNAVAILABLE,
    Problem,
    ProblemType,
)
from ot_server.http.framework.routing import Reply, SessionCall
from ot_server.http.framework.services import Services
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed, Refused, Trimmed

__all__ = ["EDIT_PROBLEMS", "TOO_OLD", "Edited", "edited", "expected", "newest"]

TOO_OLD: Final = ProblemType(
    HTTPStatus.CONFLICT, "too_old", "too much has been committed since that revision"
)
REFUSED: Final = ProblemType(HTTPStatus.CONFLICT, "edit_refused", "the edit can't be made now")
PRECONDITION_FAILED: Final = ProblemType(
    HTTPStatus.PRECONDITION_FAILED,
    "precondition_failed",
    "the text is another one than If-Match names",
)

PROBLEM_OF: Final[dict[RejectCode, ProblemType]] = {
    "forbidden": FORBIDDEN,
    "too_large": TOO_LARGE,
    "invalid_operation": INVALID_BODY,
    "locked": LOCKED,
}
"""All others are `REFUSED`."""

EDIT_PROBLEMS: Final = (
    CORRUPT,
    LOCKED,
    NO_SUCH_REVISION,
    PRECONDITION_FAILED,
    REFUSED,
    TOO_LARGE,
    TOO_OLD,
)
"""What a call that edits may be refused for, beside what any call of its kind may be."""


class Edited(Struct):
    """Where the session is now."""

    revision: int
    """That of the edit, or the head where there was nothing to change."""
    epoch: int


def edited(epoch: int, answer: Answer) -> Reply[Edited]:
    """Return what to answer to whoever made an edit.

    Raises:
        Problem: it was refused.
    """
    match answer:
        case Committed(revision):
            return Reply(Edited(revision, epoch), etag(epoch, revision))
        case Refused(code, message):
            raise Problem(PROBLEM_OF.get(code, REFUSED), message)
        case Trimmed():
            raise Problem(TOO_OLD)
        case _:
            assert_never(answer)


async def newest(services: Services, session_id: str, min_revision: int = 0) -> Actor:
    """Return a live session with everything that is committed by now.

    Raises:
        NoSuchSession: there is none.
        Problem: 503, it has not come to `min_revision` yet.
        Evicted, StoreUnavailable, TimeoutError: try again later.
    """
    actor = await services.hub.actor(session_id)
    async with asyncio.timeout(services.settings.unavailable_seconds):
        await actor.caught_up()
    if actor.replica.head < min_revision:
        raise Problem(UNAVAILABLE, f"revision {min_revision} is not here yet")
    return actor


async def expected(call: SessionCall[Any, Any], min_revision: int = 0) -> Actor:
    """Return the same, if its text is the one that ``If-Match`` names, where a call has that.

    So a call whose outcome is unknown can be made again, and has one effect.

    Raises:
        Problem: 412, it is another one; and what `newest` raises.
    """
    actor = await newest(call.services, call.session_id, min_revision)
    epoch, head = actor.replica.epoch, actor.replica.head
    if not is_expected(call.request, epoch, head):
        raise Problem(PRECONDITION_FAILED, headers=etag(epoch, head))
    return actor
