"""Lists that are answered a page at a time: how long a page is, and where the next one begins.

A cursor is opaque to clients.  It holds what the store orders by, of the last item of a page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from ot_server.http.framework.problem import INVALID_QUERY, Problem

__all__ = ["Ordinal", "PageQuery", "from_cursor", "page_of"]

Row = TypeVar("Row")
T = TypeVar("T")

Limit = Annotated[int, Meta(ge=1, le=200, description="At most so many items.")]
Cursor = Annotated[str, Meta(max_length=200, description="The `next` of the page before.")]

Ordinal = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""The number of a participant in a session, no larger than a database takes."""


class PageQuery(Struct, forbid_unknown_fields=True):
    """Which page is wanted."""

    limit: Limit = 50
    after: Cursor | None = None


def page_of(
    rows: Sequence[Row], limit: int, place: Callable[[Row], object]
) -> tuple[Sequence[Row], str | None]:
    """Return a page of rows, and the cursor of the next page if there is one more row than fits."""
    page = rows[:limit]
    return page, _to_cursor(place(page[-1])) if len(rows) > limit else None


def from_cursor(cursor: str | None, place: type[T]) -> T | None:
    """Return the place that a cursor stands for; None for the beginning.

    Raises:
        Problem: 422, it is no cursor of such a list.
    """
    if cursor is None:
        return None
    try:
        decoded = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(decoded, type=place)
    except (NoBase64, ValueError, msgspec.MsgspecError, RecursionError):
        raise Problem(INVALID_QUERY, "this is no cursor of such a list - at `$.after`") from None


def _to_cursor(place: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
