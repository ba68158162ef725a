"""How a session begins: its row, its first owner, and its first text as that owner's edit."""

from __future__ import annotations

import msgspec

from ot_core import Operation
from ot_protocol import TooLarge
from ot_protocol.messages import Kind
from ot_server.ids import new_id
from ot_server.store.rows import (
    CommittedOperation,
    LinkRow,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    Visibility,
    extend_chain,
    first_chain,
)

__all__ = ["begin", "new_owner", "sound_text"]


def begin(
    *,
    title: str,
    language: str,
    text: str,
    owner: ParticipantRow,
    now: float,
    visibility: Visibility = "private",
    link: LinkRow | None = None,
    most_bytes: int,
) -> NewSession:
    """Return a session that begins with a text; its id is its owner's `session_id`.

    Raises:
        InvalidOperation, TooLarge: a session can't have this text.
    """
    text = sound_text(text, most_bytes)
    operations = []
    if text:
        stored = msgspec.json.encode([text])
        operations = [
            CommittedOperation(
                revision=1,
                client_id=None,
                seq=None,
                participant_id=owner.id,
                operation=stored,
                chain=extend_chain(first_chain(owner.session_id), stored),
                committed_at=now,
            )
        ]
    info = SessionInfoRow(owner.session_id, title, language, now, now, visibility)
    return NewSession(info, owner, link, operations)


def new_owner(name: str, user_id: str | None = None) -> ParticipantRow:
    """Return the first owner of a session that is about to be made, with the session's new id."""
    kind: Kind = "guest" if user_id is None else "user"
    return ParticipantRow(new_id(), new_id(), name, kind, "owner", user_id=user_id)


def sound_text(text: str, most_bytes: int) -> str:
    """Return a text with line ends as on the wire, if a session can have it.

    Raises:
        InvalidOperation: it contains what no text may contain.
        TooLarge: it has more than `most_bytes` in UTF-8.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most_bytes or len(text.encode(errors="replace")) > most_bytes:
        raise TooLarge(f"the text has more than {most_bytes} bytes")
    Operation.from_wire([text] if text else [])
    return text
