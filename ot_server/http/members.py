"""Members and invites: who has which role."""

from __future__ import annotations

from ot_server.http.routing import Routes

__all__ = ["routes"]

routes = Routes("members")
