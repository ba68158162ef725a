"""`call`: one REST call, and what it raises where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from aiohttp import ClientError as HttpError
from aiohttp import ClientSession, ClientTimeout
from msgspec import Struct

from ot_client.errors import (
    Forbidden,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    RequestFailed,
    TooManyRequests,
    Unavailable,
    Unreachable,
)

__all__ = ["call"]

ANSWER_WITHIN: Final = 30.0
"""Seconds."""

ERRORS: Final[dict[int, type[RequestFailed]]] = {
    HTTPStatus.BAD_REQUEST: InvalidRequest,
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.UNPROCESSABLE_ENTITY: InvalidRequest,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
}


class Problem(Struct, frozen=True):
    """An error as ``application/problem+json`` (RFC 9457)."""

    title: str = "no reason given"
    code: str = ""
    detail: str = ""


Answer = TypeVar("Answer", bound=Struct | None)


async def call(
    method: str,
    url: str,
    answer: type[Answer],
    body: Mapping[str, str | None] | None = None,
    token: str | None = None,
) -> Answer:
    """Make a call and read its answer; of the body, what is None is left out.

    Raises:
        RequestFailed: the server said no.
        Unreachable: it said nothing, or nothing that is such an answer.
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    told = (
        None if body is None else {key: value for key, value in body.items() if value is not None}
    )
    try:
        async with (
            ClientSession(timeout=ClientTimeout(ANSWER_WITHIN), headers=headers) as http,
            http.request(method, url, json=told) as response,
        ):
            status, content = response.status, await response.read()
    except (HttpError, OSError) as error:
        raise Unreachable(f"{url}: {error}") from error
    try:
        if status < HTTPStatus.BAD_REQUEST:
            return msgspec.json.decode(content or b"null", type=answer)
        problem = msgspec.json.decode(content, type=Problem)
    except (msgspec.MsgspecError, UnicodeError) as error:
        if status < HTTPStatus.BAD_REQUEST:
            raise Unreachable(f"{url} is answered by something else: {error}") from error
        problem = Problem()
    fallback = Unavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RequestFailed
    raise ERRORS.get(status, fallback)(status, problem.title, problem.code, problem.detail)
