"""Errors of the REST interface: RFC 9457 problem details, and nothing about our insides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
import structlog
from aiohttp import web

from ot_protocol import what_is_wrong
from ot_server.session.loading import Evicted, NoSuchSession
from ot_server.store.base import OutcomeUnknown, StoreUnavailable

__all__ = ["Problem", "problems", "read_body"]

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T = TypeVar("T")


class Problem(Exception):
    """A request that can't be served, as its sender is told."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail

    def response(self) -> web.Response:
        """Return it as ``application/problem+json``."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "code": self.code,
            "detail": self.detail,
        }
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        if self.status == 503:
            headers["Retry-After"] = "1"
        return web.Response(
            status=self.status,
            body=msgspec.json.encode(body),
            content_type="application/problem+json",
            headers=headers,
        )


async def read_body(request: web.Request, type_: type[T], within: float) -> T:
    """Decode a JSON body that comes within so many seconds.

    Raises:
        Problem: 400, 408, 413, 415 or 422, as it deserves.
    """
    if request.content_type != "application/json" and request.can_read_body:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "send the body as application/json"
        )
    try:
        async with asyncio.timeout(within):
            body = await request.read() or b"{}"
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "body_timeout", "the body took too long to come"
        ) from None
    except web.RequestPayloadError:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "broken_body", "the body is not what its headers say"
        ) from None
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        reason = what_is_wrong(error)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body", reason) from None


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
        response = Problem(status, status.name.lower(), error.reason).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except NoSuchSession:
        return Problem(
            HTTPStatus.NOT_FOUND, "no_such_session", "there is no such session"
        ).response()
    except (StoreUnavailable, OutcomeUnknown, Evicted, TimeoutError) as error:
        log.warning("unavailable", path=request.path, error=type(error).__name__)
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the store can't be reached"
        ).response()
    except Exception:
        log.exception("request_failed", method=request.method)
        return Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "something went wrong here"
        ).response()
