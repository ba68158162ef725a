"""Making a session for whoever asks for one, and what may be wrong with its first text."""

from __future__ import annotations

import time

from ot_core import InvalidOperation
from ot_protocol import TooLarge
from ot_server.http.framework.problem import INVALID_BODY, TOO_LARGE, Problem
from ot_server.http.framework.services import Services
from ot_server.log.new import begin
from ot_server.store.rows import LinkRow, ParticipantRow, SessionInfoRow, Visibility

__all__ = ["make_session"]


async def make_session(
    services: Services,
    owner: ParticipantRow,
    *,
    title: str,
    language: str,
    text: str,
    visibility: Visibility,
    link: LinkRow | None = None,
) -> SessionInfoRow:
    """Make the session of a new owner.

    Raises:
        Problem: 413 or 422, the text is none that a session may have.
    """
    try:
        new = begin(
            title=title,
            language=language,
            text=text,
            owner=owner,
            now=time.time(),
            visibility=visibility,
            link=link,
            most_bytes=services.settings.document_bytes,
        )
    except TooLarge as error:
        raise Problem(TOO_LARGE, str(error)) from None
    except InvalidOperation as error:
        raise Problem(INVALID_BODY, f"{error} - at `$.text`") from None
    await services.store.create_session(new)
    return new.info
