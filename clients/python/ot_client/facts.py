"""`Facts`: who is in the session, what it is called and what may be done, as the server tells it.

No I/O.  Invariant: what a message doesn't speak of stays as it was.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from ot_protocol.messages import (
    Limits,
    Participant,
    Participants,
    Role,
    SessionChanged,
    SessionInfo,
    Welcome,
)

__all__ = ["Facts"]

TOLD = set(SessionInfo.__struct_fields__) & set(SessionChanged.__struct_fields__)
"""What `session` news may say anew about the session."""


class Facts:
    """The facts of the last `welcome`, kept up by the messages after it."""

    participant: str
    """One's own participant id."""
    connection: str
    """What this client is called in `who`."""
    role: Role
    session: SessionInfo
    limits: Limits
    participants: dict[str, Participant]
    """All who are connected, by id."""

    def __init__(self) -> None:
        self.is_known = False
        """Whether there was a welcome."""

    def welcome(self, message: Welcome) -> bool:
        """Take in a welcome, and return whether it tells anything new but who is here."""
        before = (self.session, self.role, self.limits) if self.is_known else None
        self.participant = message.participant
        self.connection = message.connection
        self.role = message.role
        self.session = message.session
        self.limits = message.limits
        self.participants = {one.id: one for one in message.participants}
        self.is_known = True
        return before != (self.session, self.role, self.limits)

    def participants_changed(self, message: Participants) -> None:
        """Take in who came, went, or is called something else now."""
        self.participants |= {one.id: one for one in (*message.joined, *message.changed)}
        for gone in message.left:
            self.participants.pop(gone, None)

    def session_changed(self, message: SessionChanged) -> bool:
        """Take in what is told of the session, and return whether anything is new."""
        before = self.session, self.role
        told = {name: getattr(message, name) for name in TOLD}
        changed = {name: value for name, value in told.items() if value is not UNSET}
        self.session = msgspec.structs.replace(self.session, **changed)
        if message.role is not UNSET:
            self.role = message.role
        return before != (self.session, self.role)

    @property
    def may_edit(self) -> bool:
        """Whether one's role allows it."""
        return self.is_known and self.role != "viewer"

    @property
    def is_locked(self) -> bool:
        """Whether somebody else holds the session's lock."""
        lock = self.session.lock if self.is_known else None
        return lock is not None and lock.by != self.participant
