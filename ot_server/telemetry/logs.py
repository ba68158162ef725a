"""Logs: one line per event, on standard error.  Never a token, a password or a session's text.

The message of an exception is never logged, nor is a library's own wording: either may
quote what somebody has sent.  The traceback says what went wrong, and where.
"""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Final

import structlog

from ot_server.errors import (
    CallersFault,
    Damaged,
    OperatorsFault,
    ServerError,
    TryLater,
    row_of,
)

__all__ = ["LEVELS", "level_of", "set_up_logs"]

LEVELS: Final[Mapping[type[ServerError], int]] = {
    CallersFault: logging.DEBUG,
    TryLater: logging.WARNING,
    Damaged: logging.ERROR,
    OperatorsFault: logging.ERROR,
}


def level_of(error: Exception) -> int:
    """Return how serious an error is, by whose fault it is; one outside the tree is a bug."""
    return row_of(type(error), LEVELS) or logging.ERROR


def set_up_logs(level: str) -> None:
    """Log events of at least this level: readable text on a terminal, JSON elsewhere."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_without_messages),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger().addHandler(_libraries)


class _Libraries(logging.Handler):
    """Passes on what libraries log: only where it came from, and the traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library",
            logger=record.name,
            place=f"{record.module}.{record.funcName}:{record.lineno}",
            exc_info=record.exc_info,
        )


_libraries: Final = _Libraries()


def _without_messages(exc_info: structlog.typing.ExcInfo) -> str:
    """Return the traceback of an exception and of its causes, without their messages."""
    return "".join(_parts(exc_info[1], set()))


def _parts(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from _parts(error.__cause__, seen)
    if not error.__suppress_context__:
        yield from _parts(error.__context__, seen)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _parts(each, seen)
    yield from traceback.format_tb(error.__traceback__)
    number = error.errno if isinstance(error, OSError) else None
    yield f"{type(error).__qualname__} {errno.errorcode.get(number or 0, '')}".rstrip() + "\n"
