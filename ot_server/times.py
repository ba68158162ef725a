"""Times as they are written outside of this process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

__all__ = ["Time", "rfc3339"]

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, in UTC."""


def rfc3339(seconds: float) -> str:
    """Return a time, given in seconds since 1970, as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
