"""What the handlers need, as one value that the application carries."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from ot_protocol.messages import Participant
from ot_server.access.roles import Action, is_allowed
from ot_server.access.tokens import GuestToken, InvalidToken, Tokens
from ot_server.http.problem import Problem
from ot_server.session.colors import color
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.base import ParticipantRow, Store

__all__ = ["SERVICES", "Services", "bearer", "participant_of"]


@dataclass(frozen=True)
class Services:
    """The parts of a running server."""

    settings: Settings
    store: Store
    hub: Hub
    tokens: Tokens

    def guest_token(self, participant: ParticipantRow, expires_at: float | None = None) -> str:
        """Return a token that lives as long as its link, at most as long as the settings say."""
        now = time.time()
        expires = now + self.settings.guest_token_seconds
        if expires_at is not None:
            expires = min(expires, expires_at)
        guest = GuestToken(participant.session_id, participant.id, int(expires))
        return self.tokens.issue_guest(guest, int(now))

    async def authorize(self, request: web.Request, session_id: str, action: Action) -> None:
        """Let the request pass if its sender may do this to the session.

        Raises:
            Problem: 401 without a good token, 404 for a session that the sender
                has nothing to do with, 403 if the role doesn't allow it.
        """
        token = bearer(request)
        if token is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "not_authenticated", "a token is needed")
        try:
            guest = self.tokens.read_guest(token)
        except InvalidToken:
            raise Problem(
                HTTPStatus.UNAUTHORIZED, "invalid_token", "the token is not good, or has ended"
            ) from None
        role = None
        if guest.session_id == session_id:
            standing = await self.store.standing(session_id, [guest.participant_id], ())
            role = standing.roles.get(guest.participant_id) if standing else None
        if role is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no_such_session", "there is no such session")
        if not is_allowed(role, action):
            raise Problem(HTTPStatus.FORBIDDEN, "forbidden", "your role doesn't allow this")


SERVICES = web.AppKey("services", Services)


def bearer(request: web.Request) -> str | None:
    """Return the token of the ``Authorization`` header, or None."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def participant_of(row: ParticipantRow) -> Participant:
    """Return a participant as everybody sees it."""
    return Participant(row.id, row.name, color(row.ordinal), row.role, row.kind)
