"""What the handlers need, as one value that the application carries."""

from __future__ import annotations

import time
from dataclasses import dataclass

from aiohttp import web

from ot_server.access.passwords import Passwords
from ot_server.access.tokens import GuestToken, Tokens
from ot_server.assistant.assistant import Assistant
from ot_server.codehelp.completer import Completer
from ot_server.codehelp.ruff import Ruff
from ot_server.http.edge.limits import Limits
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import ParticipantRow
from ot_server.telemetry.meters import Meters

__all__ = ["SERVICES", "Services", "bearer"]


@dataclass(frozen=True)
class Services:
    """The parts of a running server."""

    settings: Settings
    store: Store
    hub: Hub
    tokens: Tokens
    passwords: Passwords
    limits: Limits
    meters: Meters
    ruff: Ruff
    completer: Completer
    assistant: Assistant

    def guest_token(self, participant: ParticipantRow, expires_at: float | None = None) -> str:
        """Return a token that lives as long as its link, at most as long as the settings say."""
        now = time.time()
        expires = now + self.settings.guest_token_seconds
        if expires_at is not None:
            expires = min(expires, expires_at)
        guest = GuestToken(participant.session_id, participant.id, int(expires))
        return self.tokens.issue(guest, int(now))


SERVICES = web.AppKey("services", Services)


def bearer(request: web.Request) -> str | None:
    """Return the token of the ``Authorization`` header, or None."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
