"""Accounts: register, sign in and out, and who one is."""

from __future__ import annotations

from ot_server.http.routing import Routes

__all__ = ["routes"]

routes = Routes("accounts")
