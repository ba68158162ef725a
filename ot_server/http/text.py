"""``/sessions/{id}/text``: the whole text, as of a revision, and a whole text as an edit."""

from __future__ import annotations

from msgspec import Struct

from ot_core import InvalidOperation, Operation
from ot_protocol.messages import Count
from ot_server.access.roles import Action
from ot_server.history.restore import put_text
from ot_server.http.edits import EDIT_PROBLEMS, Edited, edited, expected, newest
from ot_server.http.framework.etags import etag, spare_who_knows
from ot_server.http.framework.problem import INVALID_BODY, TOO_LARGE, Problem
from ot_server.http.framework.routing import Reply, Routes, SessionCall
from ot_server.http.shapes import GivenText
from ot_server.log.new import unix_lines

__all__ = ["Text", "routes"]

routes = Routes("text")


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
    """The revision of the text that was changed into the new one; the head where it isn't said."""
    min_revision: Count = 0
    """Only if the session has come to this revision."""


class NewText(Struct, forbid_unknown_fields=True):
    """A whole text."""

    text: GivenText
    """Line ends of other systems become `\\n`."""


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
    text = _sound(call.body.text, call.services.settings.document_bytes)
    actor = await expected(call, call.query.min_revision)
    epoch = actor.replica.epoch
    return edited(epoch, await put_text(actor, call.me.id, text, call.query.base))


def _sound(text: str, most_bytes: int) -> str:
    """Return a text as it may be put in.

    Raises:
        Problem: 413 or 422, it may not.
    """
    text = unix_lines(text)
    if len(text) > most_bytes or len(text.encode()) > most_bytes:
        raise Problem(TOO_LARGE, f"the text has more than {most_bytes} bytes")
    try:
        Operation.from_wire([text] if text else [])
    except InvalidOperation as error:
        raise Problem(INVALID_BODY, f"{error} - at `$.text`") from None
    return text
