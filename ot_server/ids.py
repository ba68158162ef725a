"""Ids and share links: unguessable, and safe in a path and on a command line.

None begins with a dash, because a command would take it for an option.
"""

from __future__ import annotations

import secrets

__all__ = ["new_id", "new_link"]


def new_id() -> str:
    """Return an id of 96 bits."""
    return _random(12)


def new_link() -> str:
    """Return a share link of 144 bits: anybody who knows it may join."""
    return _random(18)


def _random(size: int) -> str:
    """Return `size` random bytes, as URL-safe Base64."""
    while True:
        text = secrets.token_urlsafe(size)
        if not text.startswith("-"):
            return text
