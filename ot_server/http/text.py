"""``/sessions/{id}/text``: the whole text, as of a revision, and a whole text as an edit.

Here is also what any call that edits needs: the live session, and the answer to an edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final, assert_never

from msgspec import Meta, Struct

from ot_core import InvalidOperation
from ot_protocol import TooLarge
from ot_protocol.messages import Count, RejectCode
from ot_server.access.roles import Action
from ot_server.history.restore import put_text
from ot_server.http.framework.etags import etag, is_expected, spare_who_knows
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
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.framework.services import Services
from ot_server.log.new import sound_text
from ot_server.session.actor import Actor
from ot_server.session.request import Answer, Committed, Refused, Trimmed

__all__ = [
    "EDIT_PROBLEMS",
    "TOO_OLD",
    "Edited",
    "GivenText",
    "Text",
    "edited",
    "expected",
    "judged_text",
    "newest",
    "routes",
]

routes = Routes("text")

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
"""What a call that edits may be refused for, in addition to any call of its kind."""


GivenText = Annotated[str, Meta(extra_json_schema={"pattern": r"^[^\x00]*$"})]
"""Of a session, as somebody gives it: no U+0000 (`Operation` sees to that), any line ends."""


class TextQuery(Struct, forbid_unknown_fields=True):
    """Which text is wanted."""

    min_revision: Count = 0
    """At this revision or later, or not at all."""


class Text(Struct):
    """A session's text at a revision."""

    text: str
    revision: int
    epoch: int


class PutQuery(Struct, forbid_unknown_fields=True):
    """What the new text was made from."""

    base: Count | None = None
    """The revision of the text that was changed into the new one; the head by default."""
    min_revision: Count = 0
    """Only if the session has come to this revision."""


class NewText(Struct, forbid_unknown_fields=True):
    """A whole text."""

    text: GivenText
    """Line ends of other systems become `\\n`."""


class Edited(Struct):
    """Where the session is now."""

    revision: int
    """The edit's, or the head where there was nothing to change."""
    epoch: int


@routes.get("/sessions/{session_id}/text", action=Action.READ, etag=True)
async def read_text(call: SessionCall[None, TextQuery]) -> Reply[Text]:
    """Return the text at the head; with ``min_revision``, at that revision or later, or 503."""
    actor = await newest(call.services, call.session_id, call.query.min_revision)
    replica = actor.replica
    headers = etag(replica.epoch, replica.head)
    spare_who_knows(call.request, headers)
    return Reply(Text(replica.document.text, replica.head, replica.epoch), headers)


@routes.put(
    "/sessions/{session_id}/text",
    action=Action.EDIT,
    problems=EDIT_PROBLEMS,
)
async def write_text(call: SessionCall[NewText, PutQuery]) -> Reply[Edited]:
    """Change the text into another one, and keep what others have typed meanwhile.

    What differs from the text at ``base`` is committed as one edit, after all that was
    committed since.  With ``If-Match`` nothing is done unless the head is that text
    when the call comes; what others commit while it is served is kept all the same.
    """
    with judged_text():
        text = sound_text(call.body.text, call.services.settings.document_bytes)
    actor = await expected(call, call.query.min_revision)
    epoch = actor.replica.epoch
    return edited(epoch, await put_text(actor, call.me.id, text, call.query.base))


@contextmanager
def judged_text() -> Iterator[None]:
    """Make it a problem, 413 or 422, if no session may have the text of this block."""
    try:
        yield
    except TooLarge as error:
        raise Problem(TOO_LARGE, str(error)) from None
    except InvalidOperation as error:
        raise Problem(INVALID_BODY, f"{error} - at `$.text`") from None


def edited(epoch: int, answer: Answer) -> Reply[Edited]:
    """Return the answer to a call that made an edit.

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
    """Return a live session that has everything committed by now.

    Raises:
        NoSuchSession: there is none.
        Problem: 503, it has not come to `min_revision` yet.
        Evicted, StoreUnavailable: try again later.
    """
    actor = await services.hub.actor(session_id)
    await actor.caught_up()
    if actor.replica.head < min_revision:
        raise Problem(UNAVAILABLE, f"revision {min_revision} is not here yet")
    return actor


async def expected(call: SessionCall[Any, Any], min_revision: int = 0) -> Actor:
    """Return a live session as `newest` does, if its text is the one that ``If-Match`` names.

    So a call whose outcome is unknown can be made again, and has one effect.

    Raises:
        Problem: 412, it is another one; and what `newest` raises.
    """
    actor = await newest(call.services, call.session_id, min_revision)
    epoch, head = actor.replica.epoch, actor.replica.head
    if not is_expected(call.request, epoch, head):
        raise Problem(PRECONDITION_FAILED, headers=etag(epoch, head))
    return actor
