"""REST calls served as they are declared: the caller is let in before anything is read.

All between aiohttp and a handler is here: limits, tokens, roles, query and body on the way
in, the answer on the way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import hdrs, web

from ot_protocol import what_is_wrong
from ot_server.access.callers import SignedIn, holder_of, identify
from ot_server.access.roles import is_allowed
from ot_server.http.framework.problem import (
    BODY_TIMEOUT,
    BROKEN_BODY,
    FORBIDDEN,
    INVALID_BODY,
    INVALID_QUERY,
    INVALID_TOKEN,
    NOT_AUTHENTICATED,
    NOT_FORM,
    NOT_JSON,
    Problem,
)
from ot_server.http.framework.routing import FORM, JSON, Call, Endpoint, Reply, Routes, UserCall
from ot_server.http.framework.services import SERVICES, Services, bearer

__all__ = ["add_endpoints"]

PLAIN: Final = "identity"
"""The content encoding of a body that is not packed."""
MOST_FIELDS: Final = 32
"""Of a form."""
LONGEST_FORM: Final = 16 * 1024
"""In bytes.  Escapes take long to read, and no form of ours is longer."""


def add_endpoints(app: web.Application, tables: Iterable[Routes]) -> None:
    """Let an application serve these calls."""
    for table in tables:
        for endpoint in table.endpoints:
            serve, path = _serve(endpoint), table.prefix + endpoint.path
            if endpoint.method == "GET":
                app.router.add_get(path, serve)  # and HEAD
            else:
                app.router.add_route(endpoint.method, path, serve)


def _serve(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what aiohttp calls: it lets the caller in, and only then reads query and body."""

    async def serve(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        if endpoint.bucket is not None:
            services.limits.count(endpoint.bucket, request)
        who = await _admit(endpoint, services, request)
        call = endpoint.call(
            services=services,
            request=request,
            path=request.match_info,
            query=_read_query(request, endpoint.query),
            body=await _read_body(request, endpoint, services.settings.body_seconds),
            **who,
        )
        answer = await endpoint.handler(call)
        if isinstance(answer, web.StreamResponse):
            return answer
        headers: Mapping[str, str] = {}
        if isinstance(answer, Reply):
            answer, headers = answer.body, answer.headers
        if answer is None:
            return web.Response(status=endpoint.status, headers=headers)
        return web.Response(
            status=endpoint.status,
            body=msgspec.json.encode(answer),
            content_type=endpoint.media,
            headers=headers,
        )

    return serve


async def _admit(endpoint: Endpoint, services: Services, request: web.Request) -> dict[str, object]:
    """Let the caller in, and return what the endpoint's kind of call has of them.

    Raises:
        Problem: 401 without a good token, 429 after too many calls, 403 if the caller's role
            doesn't allow the action.
        NoSuchSession, Forbidden: the caller has never been in the session, or has no role now.
    """
    if endpoint.call is Call:
        return {}
    token = bearer(request)
    if token is None:
        raise Problem(NOT_AUTHENTICATED)
    caller = await identify(services.store, services.tokens, token)
    services.limits.count_caller(caller.id)
    if endpoint.call is UserCall:
        if not isinstance(caller, SignedIn):
            raise Problem(INVALID_TOKEN, "this needs an account, and the token is a guest's")
        return {"user": caller.user, "login": caller.login}
    session_id = request.match_info["session_id"]
    me = await holder_of(services.store, caller, session_id)
    assert endpoint.action is not None
    if not is_allowed(me.role, endpoint.action):
        raise Problem(FORBIDDEN)
    return {"session_id": session_id, "me": me, "caller": caller}


def _read_query(request: web.Request, type_: Any) -> Any:
    """Decode the query.

    Raises:
        Problem: 422, it isn't as declared.
    """
    if type_ is None:
        return None
    try:
        return msgspec.convert(dict(request.query), type_, strict=False)
    except msgspec.ValidationError as error:
        raise Problem(INVALID_QUERY, what_is_wrong(error)) from None


async def _read_body(request: web.Request, endpoint: Endpoint, within: float) -> Any:
    """Decode a body that comes within so many seconds.

    Raises:
        Problem: 400, 408, 413, 415 or 422, as it deserves.
    """
    if endpoint.body is None:
        return None
    expected, type_ = (FORM, NOT_FORM) if endpoint.is_form else (JSON, NOT_JSON)
    if request.headers.get(hdrs.CONTENT_ENCODING, PLAIN).lower() != PLAIN:
        raise Problem(type_, "send the body as it is, not packed", {hdrs.ACCEPT_ENCODING: PLAIN})
    if request.content_type != expected and request.can_read_body:
        raise Problem(type_)
    try:
        async with asyncio.timeout(within):
            body = await request.read()
    except TimeoutError:
        raise Problem(BODY_TIMEOUT) from None
    except (web.RequestPayloadError, ConnectionError):
        # The first is from aiohttp's parser in Python (that in C makes us wait), the second from
        # a client that hung up: it will not hear the answer, and nothing has failed here.
        raise Problem(BROKEN_BODY) from None
    try:
        if endpoint.is_form:
            return msgspec.convert(_read_form(body), endpoint.body, strict=False)
        return msgspec.json.decode(body or b"{}", type=endpoint.body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Problem(INVALID_BODY, what_is_wrong(error)) from None


def _read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form; one without a value is as good as none (RFC 6749, 3.2).

    Raises:
        ValueError: it is no form, is too long, has too many fields, or one of them twice.
    """
    if len(body) > LONGEST_FORM:
        raise ValueError(f"a form has {LONGEST_FORM} bytes at most")
    pairs = parse_qsl(body.decode(), errors="strict", max_num_fields=MOST_FIELDS)
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice")
    return fields
