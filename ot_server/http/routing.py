"""A REST call, declared once: its handler's annotations say what comes in and what goes out.

::

    @routes.put("/sessions/{session_id}/members/{user_id}", action=Action.SHARE)
    async def change_member(call: SessionCall[NewRole, None]) -> Member:
        '''Give a member another role.'''

The kind of call says who may make it (`Call`: anybody, `UserCall`: who is signed in,
`SessionCall`: whose role allows `action`), its parameters what body and query are decoded
as.  Requests are served by that declaration, and the OpenAPI document is written from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from aiohttp import hdrs, web

from ot_protocol import what_is_wrong
from ot_server.access.callers import Caller, SignedIn, identify, participant_of
from ot_server.access.roles import Action, is_allowed
from ot_server.access.tokens import InvalidToken
from ot_server.http.limits import Bucket
from ot_server.http.problem import (
    BODY_TIMEOUT,
    BROKEN_BODY,
    FORBIDDEN,
    INVALID_BODY,
    INVALID_PATH,
    INVALID_QUERY,
    INVALID_TOKEN,
    NO_SUCH_SESSION,
    NOT_AUTHENTICATED,
    NOT_FORM,
    NOT_JSON,
    Problem,
    ProblemType,
)
from ot_server.http.services import SERVICES, Services, bearer
from ot_server.store.rows import LoginRow, ParticipantRow, UserRow

__all__ = [
    "FORM",
    "JSON",
    "LARGEST_NUMBER",
    "PREFIX",
    "Call",
    "Endpoint",
    "Reply",
    "Routes",
    "SessionCall",
    "UserCall",
]

PREFIX: Final = "/api/v1"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
PLAIN: Final = "identity"
"""How a body is packed that isn't."""
LARGEST_NUMBER: Final = 2**53 - 1
MOST_FIELDS: Final = 32
"""Of a form."""
LONGEST_FORM: Final = 16 * 1024
"""In bytes: what is escaped takes long to read, and none of ours is longer."""

Handler = TypeVar("Handler", bound=Callable[[Any], Awaitable[object]])
Body = TypeVar("Body")
Query = TypeVar("Query")
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Call(Generic[Body, Query]):
    """A request of anybody, decoded."""

    services: Services
    request: web.Request
    path: Mapping[str, str]
    body: Body
    query: Query

    def number(self, name: str) -> int:
        """Return a number of the path.

        Raises:
            Problem: 404, it is none.
        """
        value = self.path[name]
        if not (value.isascii() and value.isdigit()) or len(value) > len(str(LARGEST_NUMBER)):
            raise Problem(INVALID_PATH)
        return int(value)


@dataclass(frozen=True, kw_only=True)
class UserCall(Call[Body, Query]):
    """A request of somebody who is signed in."""

    user: UserRow
    login: LoginRow


@dataclass(frozen=True, kw_only=True)
class SessionCall(Call[Body, Query]):
    """A request about a session, of somebody whose role in it allows that."""

    session_id: str
    me: ParticipantRow
    """The caller, with the role that holds."""
    caller: Caller


@dataclass(frozen=True)
class Reply(Generic[Answer]):
    """An answer with headers of its own."""

    body: Answer
    headers: Mapping[str, str] = field(default_factory=dict)
    status: HTTPStatus | None = None
    """Where it is another than the endpoint's."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One call of the REST interface."""

    method: str
    path: str
    """After the prefix, with its parameters in braces."""
    handler: Callable[[Any], Awaitable[object]]
    call: type[Call[Any, Any]]
    body: Any
    is_form: bool
    """Whether the body comes as a form; otherwise it is JSON."""
    query: Any
    answer: Any
    """What is answered as JSON, or None where nothing is."""
    action: Action | None
    status: HTTPStatus
    """Of the answer, where nothing went wrong."""
    problems: Sequence[ProblemType]
    """What it may be refused for, beside what any call of its kind may be."""
    bucket: Bucket | None
    """Which limit of its address it counts towards, if any."""
    media: str
    """The content type of the answer."""
    etag: bool
    """Whether the answer has an entity tag, and is spared who knows it."""
    numbers: Sequence[str]
    """Parameters of the path that are numbers."""


class Routes:
    """The endpoints of one row of the REST table."""

    def __init__(self, tag: str, prefix: str = PREFIX) -> None:
        self.tag = tag
        self.prefix = prefix
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a call that changes nothing."""
        return self._declare("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a call that adds something, or does something."""
        return self._declare("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a call that says how something is to be."""
        return self._declare("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a call that changes parts of something."""
        return self._declare("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare a call that takes something away."""
        return self._declare("DELETE", path, **declared)

    def add_to(self, app: web.Application) -> None:
        """Let an application serve these calls."""
        for endpoint in self.endpoints:
            serve, path = _serve(endpoint), self.prefix + endpoint.path
            if endpoint.method == "GET":
                app.router.add_get(path, serve)  # and HEAD
            else:
                app.router.add_route(endpoint.method, path, serve)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        action: Action | None = None,
        status: HTTPStatus | None = None,
        problems: Sequence[ProblemType] = (),
        bucket: Bucket | None = "api",
        media: str = JSON,
        etag: bool = False,
        is_form: bool = False,
        numbers: Sequence[str] = (),
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            call = hints["call"]
            answer = hints["return"]
            if get_origin(answer) is Reply:
                (answer,) = get_args(answer)
            if answer is type(None):
                answer = None
            kind = get_origin(call)
            assert (kind is SessionCall) == (action is not None), "a session's call has an action"
            body, query = (None if part is type(None) else part for part in get_args(call))
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    call=kind,
                    body=body,
                    is_form=is_form,
                    query=query,
                    answer=answer,
                    action=action,
                    status=status or (HTTPStatus.OK if answer else HTTPStatus.NO_CONTENT),
                    problems=problems,
                    bucket=bucket,
                    media=media,
                    etag=etag,
                    numbers=numbers,
                )
            )
            return handler

        return add


def _serve(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what aiohttp calls: it lets the caller in before it reads what he has to say."""

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
        status, headers = endpoint.status, dict[str, str]()
        if isinstance(answer, Reply):
            status, headers = answer.status or status, dict(answer.headers)
            answer = answer.body
        if answer is None:
            return web.Response(status=status, headers=headers)
        return web.Response(
            status=status,
            body=msgspec.json.encode(answer),
            content_type=endpoint.media,
            headers=headers,
        )

    return serve


async def _admit(endpoint: Endpoint, services: Services, request: web.Request) -> dict[str, object]:
    """Return what the endpoint's kind of call says of its caller.

    Raises:
        Problem: 401 without a good token, 429 after too many calls, 404 for a session that the
            caller has nothing to do with, 403 if the role in it doesn't allow the action.
    """
    if endpoint.call is Call:
        return {}
    token = bearer(request)
    if token is None:
        raise Problem(NOT_AUTHENTICATED)
    try:
        caller = await identify(services.store, services.tokens, token)
    except InvalidToken:
        raise Problem(INVALID_TOKEN) from None
    services.limits.count_caller(caller.id)
    if endpoint.call is UserCall:
        if not isinstance(caller, SignedIn):
            raise Problem(INVALID_TOKEN, "this takes an account, and the token is a guest's")
        return {"user": caller.user, "login": caller.login}
    session_id = request.match_info["session_id"]
    me = await participant_of(services.store, caller, session_id)
    if me is None:
        raise Problem(NO_SUCH_SESSION)
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
    except web.RequestPayloadError:  # from aiohttp's parser in Python; after the one in C we wait
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
