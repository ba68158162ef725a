"""Ids and share links: unguessable, and safe in a path and on a command line.

None begins with a dash, because a command would take it for an option.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import blake2b

__all__ = ["connection_name", "new_id", "new_link"]


def new_id() -> str:
    """Return an id of 96 bits."""
    return _random(12)


def new_link() -> str:
    """Return a share link of 144 bits: anybody who knows it may join."""
    return _random(18)


def connection_name(participant_id: str, client_id: str) -> str:
    """Return what others call a participant's client: the same on every node, 48 bits.

    The client id can't be told from it.
    """
    digest = blake2b(f"{participant_id} {client_id}".encode(), digest_size=6).digest()
    return urlsafe_b64encode(digest).decode()


def _random(size: int) -> str:
    """Return `size` random bytes, as URL-safe Base64."""
    while True:
        text = secrets.token_urlsafe(size)
        if not text.startswith("-"):
            return text
