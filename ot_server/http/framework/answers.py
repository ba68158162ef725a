"""What each error of the tree is answered by; anything else that is raised is a bug, and a 500.

An error has the problem of its class, or of the nearest class above it that has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from ot_server.errors import (
    AlreadyWriting,
    AnalysisFailed,
    ClientTaken,
    Damaged,
    EmailTaken,
    Forbidden,
    InvalidToken,
    LastOwner,
    LinesGone,
    NoSuchRevision,
    NoSuchSession,
    OwnsSessions,
    Replaced,
    RoleLost,
    ServerError,
    TokensSpent,
    TryLater,
    UsernameTaken,
    row_of,
)
from ot_server.http.framework.problem import (
    CORRUPT,
    FORBIDDEN,
    INTERNAL_ERROR,
    INVALID_PATH,
    INVALID_TOKEN,
    METHOD_NOT_ALLOWED,
    NO_SUCH_REVISION,
    NO_SUCH_SESSION,
    TOO_LARGE,
    UNAVAILABLE,
    Problem,
    ProblemType,
)
from ot_server.telemetry.logs import level_of

__all__ = [
    "ANALYSIS_FAILED",
    "ASSISTANT_BUSY",
    "EMAIL_TAKEN",
    "LAST_OWNER",
    "LINES_GONE",
    "OWNS_SESSIONS",
    "PROBLEM_OF",
    "TOKENS_SPENT",
    "USERNAME_TAKEN",
    "problem_of",
    "problems",
]

log = structlog.get_logger(__name__)

USERNAME_TAKEN: Final = ProblemType(
    HTTPStatus.CONFLICT, "username_taken", "somebody else has this username"
)
EMAIL_TAKEN: Final = ProblemType(
    HTTPStatus.CONFLICT, "email_taken", "another account has this e-mail address"
)
LAST_OWNER: Final = ProblemType(
    HTTPStatus.CONFLICT, "last_owner", "a session must keep an owner: make somebody else one first"
)
OWNS_SESSIONS: Final = ProblemType(
    HTTPStatus.CONFLICT,
    "owns_sessions",
    "nobody else owns some sessions: make others their owners, or let them be deleted too",
)
LINES_GONE: Final = ProblemType(
    HTTPStatus.CONFLICT, "lines_gone", "a line that was to be changed has been deleted"
)
ASSISTANT_BUSY: Final = ProblemType(
    HTTPStatus.CONFLICT, "assistant_busy", "the assistant is at work in this session"
)
TOKENS_SPENT: Final = ProblemType(
    HTTPStatus.TOO_MANY_REQUESTS,
    "assistant_tokens_spent",
    "the assistant has done enough today",
    retry_seconds=3600,
)
ANALYSIS_FAILED: Final = ProblemType(
    HTTPStatus.SERVICE_UNAVAILABLE, "analysis_failed", "the text could not be looked at"
)

PROBLEM_OF: Final[Mapping[type[ServerError], ProblemType]] = {
    InvalidToken: INVALID_TOKEN,
    Forbidden: FORBIDDEN,
    RoleLost: FORBIDDEN,
    NoSuchSession: NO_SUCH_SESSION,
    NoSuchRevision: NO_SUCH_REVISION,
    ClientTaken: FORBIDDEN,
    Replaced: FORBIDDEN,
    UsernameTaken: USERNAME_TAKEN,
    EmailTaken: EMAIL_TAKEN,
    LastOwner: LAST_OWNER,
    OwnsSessions: OWNS_SESSIONS,
    LinesGone: LINES_GONE,
    AlreadyWriting: ASSISTANT_BUSY,
    TokensSpent: TOKENS_SPENT,
    TryLater: UNAVAILABLE,
    AnalysisFailed: ANALYSIS_FAILED,
    Damaged: CORRUPT,
}
OF_HTTP: Final = {type_.status: type_ for type_ in (INVALID_PATH, METHOD_NOT_ALLOWED, TOO_LARGE)}
"""What aiohttp refuses by itself; for any other status of its, the code is the status's name."""


def problem_of(error: Exception) -> Problem | None:
    """Return the problem of an error, or None for a bug."""
    type_ = row_of(type(error), PROBLEM_OF)
    is_public = isinstance(error, ServerError) and error.is_public
    return Problem(type_, str(error) if is_public else None) if type_ else None


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a problem."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        status = HTTPStatus(error.status)
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        type_ = OF_HTTP.get(status) or ProblemType(status, status.name.lower(), error.reason)
        return Problem(type_, error.reason, headers).response()
    except Exception as error:
        answer = problem_of(error)
        if answer is None:
            log.exception("request_failed", call=_call(request))
            return Problem(INTERNAL_ERROR).response()
        _log(request, error, answer.type)
        return answer.response()


def _log(request: web.Request, error: Exception, type_: ProblemType) -> None:
    event, told = type_.code, {"error": type(error).__name__}
    if isinstance(error, Damaged):  # the words of others may quote what was asked
        event, told = "history_corrupt", {"reason": str(error)}
    log.log(level_of(error), event, call=_call(request), **told)


def _call(request: web.Request) -> str:
    """Return which call it was, without its path, which may hold a share link."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else 'nothing'}"
