"""What several calls take or answer: the parts of the REST interface's vocabulary."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ot_protocol.messages import Role
from ot_server.store.rows import SessionInfoRow, Visibility
from ot_server.times import Time, rfc3339

__all__ = ["GivenText", "SessionView", "session_view"]

GivenText = Annotated[str, Meta(extra_json_schema={"pattern": r"^[^\x00]*$"})]
"""Of a session, as somebody gives it: no U+0000 (`Operation` sees to that), any line ends."""


class SessionView(Struct):
    """A session, as somebody with a role in it sees it in lists."""

    id: str
    title: str
    language: str
    visibility: Visibility
    run: bool
    """Whether code may be run in it."""
    role: Role
    """The caller's."""
    created_at: Time
    updated_at: Time
    """About: not every edit moves it."""


def session_view(info: SessionInfoRow, role: Role) -> SessionView:
    """Return a session as somebody with this role sees it."""
    return SessionView(
        id=info.id,
        title=info.title,
        language=info.language,
        visibility=info.visibility,
        run=info.run,
        role=role,
        created_at=rfc3339(info.created_at),
        updated_at=rfc3339(info.updated_at),
    )
