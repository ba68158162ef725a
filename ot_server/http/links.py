"""Share links, participants, and sending somebody away."""

from __future__ import annotations

from ot_server.http.routing import Routes

__all__ = ["routes"]

routes = Routes("links")
