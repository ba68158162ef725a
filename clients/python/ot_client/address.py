"""`Address`: where a session, or a share link, is.  No I/O.

They are the page's: ``https://example.org/s/…`` is a session, to which a token lets one in, and
``https://example.org/join/…`` a share link, by which anybody comes in.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple
from urllib.parse import quote, urlsplit

from ot_client.errors import InvalidAddress

__all__ = ["Address", "read_address", "read_server"]

Kind = Literal["s", "join"]

FORMS: Final[dict[Kind, str]] = {
    "s": "a session is https://example.org/s/ and its id",
    "join": "a share link is https://example.org/join/ and its word",
}


class Address(NamedTuple):
    """Of a session (``s``), or of a share link (``join``)."""

    server: str
    kind: Kind
    word: str
    """The session's id, or the link's word, as it stands in the address."""

    def __str__(self) -> str:
        return f"{self.server}/{self.kind}/{self.word}"

    @classmethod
    def of(cls, server: str, kind: Kind, word: str) -> Address:
        """Make one of a server's address, and an id or a word."""
        return cls(server, kind, quote(word, safe=""))


def read_address(address: str, *kinds: Kind) -> Address:
    """Read an address of one of these kinds.

    Raises:
        InvalidAddress: it is none.
    """
    server, _, word = address.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")
    server, _, place = server.rpartition("/")
    for kind in kinds:
        if place == kind and word:
            return Address(read_server(server), kind, word)
    raise InvalidAddress(f"{address!r} is no address: {', '.join(FORMS[kind] for kind in kinds)}")


def read_server(address: str) -> str:
    """Read the address of a server, and return it without a slash at its end.

    Raises:
        InvalidAddress: it is none.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidAddress(f"{address!r} is no address: a server is http://… or https://…")
    return address.rstrip("/")
