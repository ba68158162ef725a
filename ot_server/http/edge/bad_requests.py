"""Requests that are hardly HTTP, or whose body breaks: aiohttp deals with them by itself.

It would log each with a traceback that quotes what was sent, a token perhaps.  Here is
what is logged instead: that it happened, and nothing that came from outside.
"""

from __future__ import annotations

import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

__all__ = ["log_without_quoting"]

log = structlog.get_logger(__name__)


class _BadRequests(logging.Filter):
    """Lets everything pass but errors that the sender of a request has made."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError | web.RequestPayloadError):
            return True
        log.info("bad_request", error=type(error).__name__)
        return False


_bad_requests = _BadRequests()


def log_without_quoting() -> None:
    """Log bad requests as one line each; called again it changes nothing."""
    server_logger.addFilter(_bad_requests)
