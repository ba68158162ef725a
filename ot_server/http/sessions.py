"""Sessions: make, list, change, delete, fork, download."""

from __future__ import annotations

from ot_server.http.routing import Routes

__all__ = ["routes"]

routes = Routes("sessions")
