"""A REST call, declared once: its handler's annotations say what comes in and what goes out.

::

    @routes.put("/sessions/{session_id}/members/{user_id}", action=Action.SHARE)
    async def change_member(call: SessionCall[NewRole, None]) -> Member:
        '''Give a member another role.'''

The kind of call says who may make it: `Call` anybody, `UserCall` a user, `SessionCall` somebody
whose role allows `action`.  Its parameters are the types that body and query are decoded as.
Requests are served by that declaration, and the OpenAPI document is written from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from aiohttp import web

from ot_server.access.callers import Caller
from ot_server.access.roles import Action
from ot_server.http.edge.limits import Bucket
from ot_server.http.framework.problem import INVALID_PATH, Problem, ProblemType
from ot_server.http.framework.services import Services
from ot_server.store.rows import Holder, LoginRow, UserRow

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
LARGEST_NUMBER: Final = 2**53 - 1

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
    """A request of a user, who is signed in."""

    user: UserRow
    login: LoginRow


@dataclass(frozen=True, kw_only=True)
class SessionCall(Call[Body, Query]):
    """A request about a session, of somebody whose role in it allows the action."""

    session_id: str
    me: Holder
    """The caller, with the role that allows the action."""
    caller: Caller


@dataclass(frozen=True)
class Reply(Generic[Answer]):
    """An answer with headers of its own."""

    body: Answer
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One call of the REST interface."""

    method: str
    path: str
    """After the prefix, with its parameters in braces."""
    handler: Callable[[Any], Awaitable[object]]
    call: type[Call[Any, Any]]
    body: Any
    is_form: bool = False
    """Whether the body comes as a form; otherwise it is JSON."""
    query: Any
    answer: Any
    """The type that is answered as JSON, or None."""
    action: Action | None = None
    status: HTTPStatus
    """Of the answer, where nothing went wrong."""
    problems: Sequence[ProblemType] = ()
    """What it may be refused for, in addition to any call of its kind."""
    bucket: Bucket | None = "api"
    """Which limit of its address it counts towards, if any."""
    media: str = JSON
    """The content type of the answer."""
    etag: bool = False
    """Whether the answer has an entity tag, and is left out for clients that have it."""
    numbers: Sequence[str] = ()
    """Parameters of the path that are numbers."""


class Routes:
    """The endpoints of one resource; a call is declared by the types of its handler.

    Anything else that is declared is a field of `Endpoint`.
    """

    def __init__(self, tag: str, prefix: str = PREFIX) -> None:
        self.tag = tag
        self.prefix = prefix
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._declare("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._declare("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._declare("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._declare("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._declare("DELETE", path, **declared)

    def _declare(self, method: str, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            call, answer = hints["call"], hints["return"]
            if get_origin(answer) is Reply:
                (answer,) = get_args(answer)
            body, query, answer = (
                None if part is type(None) else part for part in (*get_args(call), answer)
            )
            declared.setdefault("status", HTTPStatus.OK if answer else HTTPStatus.NO_CONTENT)
            endpoint = Endpoint(
                method=method,
                path=path,
                handler=handler,
                call=get_origin(call),
                body=body,
                query=query,
                answer=answer,
                **declared,
            )
            has_action = endpoint.action is not None
            assert (endpoint.call is SessionCall) == has_action, "a session's call has an action"
            self.endpoints.append(endpoint)
            return handler

        return add
