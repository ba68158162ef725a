"""Who is in the session and what it is called, as the server tells it.  No I/O."""

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

__all__ = ["Roster"]


class Roster:
    """The facts of the last `welcome`, kept up by the messages after it."""

    participant: str
    """One's own participant id."""
    role: Role
    session: SessionInfo
    limits: Limits
    participants: dict[str, Participant]
    """All who are connected, by id."""

    def welcome(self, message: Welcome) -> None:
        self.participant = message.participant
        self.role = message.role
        self.session = message.session
        self.limits = message.limits
        self.participants = {one.id: one for one in message.participants}

    def participants_changed(self, message: Participants) -> None:
        self.participants |= {one.id: one for one in (*message.joined, *message.changed)}
        for gone in message.left:
            self.participants.pop(gone, None)

    def session_changed(self, message: SessionChanged) -> bool:
        """Take in what is told of the session, and return whether anything is new."""
        before = self.session, self.role
        told = {"title": message.title, "language": message.language, "lock": message.lock}
        changed = {name: value for name, value in told.items() if value is not UNSET}
        self.session = msgspec.structs.replace(self.session, **changed)
        if message.role is not UNSET:
            self.role = message.role
        return before != (self.session, self.role)

    @property
    def is_locked(self) -> bool:
        """Whether somebody else holds the session's lock."""
        lock = self.session.lock
        return lock is not None and lock.by != self.participant
