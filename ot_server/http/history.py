"""What was, and bringing it back: operations, revisions, blame, restore, revert, versions, replay."""

from __future__ import annotations

from ot_server.http.routing import Routes

__all__ = ["routes"]

routes = Routes("history")
