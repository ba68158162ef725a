"""Errors of the REST interface: RFC 9457 problem details, which say nothing about our insides.

Every refusal is a `ProblemType`; its code is what programs go by, and never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

import msgspec
from aiohttp import web

from ot_server.errors import ServerError

__all__ = [
    "BODY_TIMEOUT",
    "BROKEN_BODY",
    "CORRUPT",
    "FORBIDDEN",
    "INTERNAL_ERROR",
    "INVALID_BODY",
    "INVALID_PATH",
    "INVALID_QUERY",
    "INVALID_TOKEN",
    "LOCKED",
    "METHOD_NOT_ALLOWED",
    "NOT_AUTHENTICATED",
    "NOT_FORM",
    "NOT_JSON",
    "NO_SUCH_REVISION",
    "NO_SUCH_SESSION",
    "ORIGIN_NOT_ALLOWED",
    "TOO_LARGE",
    "TOO_MANY_REQUESTS",
    "UNAVAILABLE",
    "Problem",
    "ProblemType",
]


class ProblemType(NamedTuple):
    """One reason why a request can't be served."""

    status: HTTPStatus
    code: str
    detail: str
    """What people are told, where a call has nothing more exact to say."""
    retry_seconds: int | None = None
    """When to ask again, where that is known."""


NOT_JSON: Final = ProblemType(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "send the body as application/json"
)
NOT_FORM: Final = ProblemType(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "not_form",
    "send the body as application/x-www-form-urlencoded",
)
BODY_TIMEOUT: Final = ProblemType(
    HTTPStatus.REQUEST_TIMEOUT, "body_timeout", "the body took too long to come"
)
BROKEN_BODY: Final = ProblemType(
    HTTPStatus.BAD_REQUEST, "broken_body", "the body is not what its headers say"
)
INVALID_BODY: Final = ProblemType(
    HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body", "the body is not what is asked for"
)
INVALID_QUERY: Final = ProblemType(
    HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_query", "the query is not what is asked for"
)
INVALID_PATH: Final = ProblemType(HTTPStatus.NOT_FOUND, "not_found", "there is no such thing")
METHOD_NOT_ALLOWED: Final = ProblemType(
    HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "this can't be done here"
)
TOO_LARGE: Final = ProblemType(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "the text is too large"
)
TOO_MANY_REQUESTS: Final = ProblemType(
    HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "that was too often, try again later"
)
ORIGIN_NOT_ALLOWED: Final = ProblemType(
    HTTPStatus.FORBIDDEN, "origin_not_allowed", "pages of that site may not use this server"
)
NOT_AUTHENTICATED: Final = ProblemType(
    HTTPStatus.UNAUTHORIZED, "not_authenticated", "a token is needed"
)
INVALID_TOKEN: Final = ProblemType(
    HTTPStatus.UNAUTHORIZED, "invalid_token", "the token is not good, or has ended"
)
FORBIDDEN: Final = ProblemType(HTTPStatus.FORBIDDEN, "forbidden", "your role doesn't allow this")
NO_SUCH_SESSION: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_session", "there is no such session"
)
NO_SUCH_REVISION: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_revision", "the session has no such revision"
)
LOCKED: Final = ProblemType(
    HTTPStatus.LOCKED, "locked", "somebody else has locked the session for now"
)
CORRUPT: Final = ProblemType(
    HTTPStatus.CONFLICT, "corrupt", "the session's log is damaged: it can be read, in part, only"
)
UNAVAILABLE: Final = ProblemType(
    HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the store can't be reached"
)
INTERNAL_ERROR: Final = ProblemType(
    HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "something went wrong here"
)


class Problem(ServerError):
    """A request that can't be served, as its sender is told."""

    def __init__(
        self,
        type_: ProblemType,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail or type_.detail)
        self.type = type_
        self.headers = headers or {}
        self.members = members or {}
        """Further members of the answer, for programs."""

    def response(self) -> web.Response:
        """Return it as ``application/problem+json``."""
        status = self.type.status
        body = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "code": self.type.code,
            "detail": str(self),
            **self.members,
        }
        headers = dict(self.headers)
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        retry = self.type.retry_seconds or (status == HTTPStatus.SERVICE_UNAVAILABLE)
        if retry:
            headers["Retry-After"] = str(int(retry))
        return web.Response(
            status=status,
            body=msgspec.json.encode(body),
            content_type="application/problem+json",
            headers=headers,
        )
