"""Ids: of sessions and participants, unguessable and safe in a path; and those of links."""

from __future__ import annotations

import secrets

__all__ = ["new_id", "new_link"]


def new_id() -> str:
    """Return an id of 96 bits."""
    return secrets.token_urlsafe(12)


def new_link() -> str:
    """Return a share link of 144 bits: who knows it may join."""
    return secrets.token_urlsafe(18)
