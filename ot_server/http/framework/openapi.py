"""The OpenAPI 3.1 document, written from the declarations that requests are served by.

Nothing about a call is said here a second time: paths, parameters, bodies, answers and
refusals come from its `Endpoint`, words from the docstrings of handlers, of Structs and of
their fields.  How to sign in, and what a problem
looks like, is in `openapi_parts`.  The document is served as ``/openapi.json``.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from aiohttp import web

from ot_server.http.framework.etags import spare_who_knows
from ot_server.http.framework.openapi_links import PARAMETER, links
from ot_server.http.framework.openapi_parts import (
    COMPONENTS,
    HEADERS_OF,
    IF_MATCH,
    IF_NONE_MATCH,
    SIGNED_IN,
    path_parameter,
    problem_response,
)
from ot_server.http.framework.openapi_schemas import json_schemas
from ot_server.http.framework.problem import (
    BODY_TIMEOUT,
    BROKEN_BODY,
    FORBIDDEN,
    INTERNAL_ERROR,
    INVALID_BODY,
    INVALID_PATH,
    INVALID_QUERY,
    INVALID_TOKEN,
    NO_SUCH_SESSION,
    NOT_AUTHENTICATED,
    NOT_FORM,
    NOT_JSON,
    TOO_LARGE,
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    ProblemType,
)
from ot_server.http.framework.routing import FORM, JSON, Call, Endpoint, Routes, SessionCall

__all__ = ["add_description", "openapi", "problems_of"]

Schema = dict[str, Any]


def add_description(app: web.Application, tables: Sequence[Routes]) -> None:
    """Serve the description of these calls; it is written once, when it is first asked for."""

    @cache
    def written() -> tuple[bytes, dict[str, str]]:
        body = msgspec.json.encode(openapi(tables))
        tag = blake2b(body, digest_size=16).hexdigest()
        return body, {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}

    async def describe(request: web.Request) -> web.Response:
        body, headers = written()
        spare_who_knows(request, headers)
        return web.Response(body=body, content_type=JSON, headers=headers)

    app.router.add_get("/openapi.json", describe)


def openapi(tables: Sequence[Routes]) -> Schema:
    """Return the document that describes these calls."""
    endpoints = [endpoint for table in tables for endpoint in table.endpoints]
    types = [
        type_
        for endpoint in endpoints
        for type_ in (endpoint.body, endpoint.query, endpoint.answer)
        if type_ is not None and not _is_response(type_)
    ]
    schemas, components = json_schemas(types)
    queries = {endpoint.query for endpoint in endpoints if endpoint.query is not None}
    properties = {query: _taken(components, schemas[query]) for query in queries}
    paths: defaultdict[str, Schema] = defaultdict(dict)
    tags: dict[str, str] = {}
    for table in tables:
        tags.setdefault(table.tag, _said_of(table))
        for endpoint in table.endpoints:
            operation = _operation(endpoint, schemas, properties)
            operation["tags"] = [table.tag]
            if endpoint.answer is not None and not _is_response(endpoint.answer):
                answer = operation["responses"][str(endpoint.status.value)]
                answer["links"] = links(endpoint, endpoints)
            paths[table.prefix + endpoint.path][endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OT Collab",
            "version": version("ot-collab"),
            "description": "Sessions that people edit code in together. Typing itself goes over"
            " a WebSocket at `/ws/{session_id}`; everything else is here.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": said} for tag, said in tags.items()],
        "paths": paths,
        "components": {"schemas": components | COMPONENTS["schemas"]}
        | {"securitySchemes": COMPONENTS["securitySchemes"]},
    }


def problems_of(endpoint: Endpoint) -> list[ProblemType]:
    """Return all that a call may be refused for, as it declares and as its kind may."""
    found = [*endpoint.problems, INTERNAL_ERROR, UNAVAILABLE]
    if endpoint.bucket is not None:
        found.append(TOO_MANY_REQUESTS)
    if endpoint.call is not Call:
        found += [NOT_AUTHENTICATED, INVALID_TOKEN, TOO_MANY_REQUESTS]
    if endpoint.call is SessionCall:
        found += [NO_SUCH_SESSION, FORBIDDEN]
    if endpoint.body is not None:
        found += [
            NOT_FORM if endpoint.is_form else NOT_JSON,
            BODY_TIMEOUT,
            BROKEN_BODY,
            INVALID_BODY,
            TOO_LARGE,
        ]
    if endpoint.query is not None:
        found.append(INVALID_QUERY)
    if endpoint.numbers:
        found.append(INVALID_PATH)
    return list(dict.fromkeys(found))


def _operation(
    endpoint: Endpoint, schemas: dict[Any, Schema], queries: dict[Any, Schema]
) -> Schema:
    said = inspect.cleandoc(endpoint.handler.__doc__ or "").partition("\n\nRaises:")[0]
    summary, _, description = said.partition("\n\n")
    refusals = problems_of(endpoint)
    parameters = [
        path_parameter(name, name in endpoint.numbers) for name in PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        query = queries[endpoint.query]
        parameters += [
            _query_parameter(name, schema, name in query.get("required", ()))
            for name, schema in query["properties"].items()
        ]
    if endpoint.etag:
        parameters.append(IF_NONE_MATCH)
    if any(problem.status == HTTPStatus.PRECONDITION_FAILED for problem in refusals):
        parameters.append(IF_MATCH)
    operation: Schema = {
        "operationId": endpoint.handler.__name__,
        "summary": " ".join(summary.split()).rstrip("."),
        "description": description,
        "parameters": parameters,
        "responses": _answers(endpoint, schemas) | _refusals(refusals),
        "security": [] if endpoint.call is Call else SIGNED_IN,
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": not _needs_nothing(endpoint.body),
            "content": {FORM if endpoint.is_form else JSON: {"schema": schemas[endpoint.body]}},
        }
    return operation


def _answers(endpoint: Endpoint, schemas: dict[Any, Schema]) -> Schema:
    headers = {"ETag": HEADERS_OF["ETag"]} if endpoint.etag else {}
    answer: Schema = {"description": endpoint.status.phrase}
    if headers:
        answer["headers"] = headers
    if endpoint.answer is not None:
        schema = {"type": "string"} if _is_response(endpoint.answer) else schemas[endpoint.answer]
        answer["content"] = {endpoint.media: {"schema": schema}}
    answers = {str(endpoint.status.value): answer}
    if endpoint.etag:
        answers["304"] = {"description": "It is what the tag says.", "headers": headers}
    return answers


def _refusals(problems: Iterable[ProblemType]) -> Schema:
    by_status: defaultdict[HTTPStatus, list[ProblemType]] = defaultdict(list)
    for problem in problems:
        by_status[problem.status].append(problem)
    return {
        str(status.value): problem_response(status, found)
        for status, found in sorted(by_status.items())
    }


def _query_parameter(name: str, schema: Schema, is_required: bool) -> Schema:
    schema = dict(schema)
    return {
        "name": name,
        "in": "query",
        "required": is_required,
        "description": schema.pop("description", ""),
        "schema": schema,
    }


def _taken(components: Schema, schema: Schema) -> Schema:
    """Take a schema out of the components, where nothing refers to it."""
    taken: Schema = components.pop(schema["$ref"].rpartition("/")[2])
    return taken


def _needs_nothing(body: Any) -> bool:
    try:
        msgspec.convert({}, body)
    except msgspec.ValidationError:
        return False
    return True


def _is_response(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, web.StreamResponse)


def _said_of(table: Routes) -> str:
    """Return what the module of these calls says of itself in its first sentence."""
    if not table.endpoints:
        return ""
    said = sys.modules[table.endpoints[0].handler.__module__].__doc__ or ""
    return " ".join(said.strip().partition("\n\n")[0].split())
