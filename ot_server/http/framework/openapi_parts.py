"""The parts of the OpenAPI document that no single call declares: problems, headers, signing in."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from ot_server.http.framework.problem import ProblemType
from ot_server.http.framework.routing import LARGEST_NUMBER, PREFIX

__all__ = [
    "COMPONENTS",
    "HEADERS_OF",
    "IF_MATCH",
    "IF_NONE_MATCH",
    "SIGNED_IN",
    "path_parameter",
    "problem_response",
]

Schema = dict[str, Any]

PROBLEM: Final[Schema] = {
    "title": "Problem",
    "description": "Why a request can't be served: RFC 9457 problem details.",
    "type": "object",
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What programs go by. It never changes."},
        "detail": {"type": "string", "description": "What people are told."},
    },
    "required": ["type", "title", "status", "code", "detail"],
}
COMPONENTS: Final[Schema] = {
    "schemas": {"Problem": PROBLEM},
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of somebody who is signed in, or a guest's token.",
        },
        "password": {
            "type": "oauth2",
            "flows": {"password": {"tokenUrl": f"{PREFIX}/token", "scopes": {}}},
        },
    },
}
SIGNED_IN: Final[list[Schema]] = [{"bearer": []}, {"password": []}]
"""Either will do."""

HEADERS_OF: Final[Schema] = {
    "ETag": {
        "description": "Which state this is.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "After how many seconds another try is worthwhile.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
}
HEADERS_OF_STATUS: Final = {
    HTTPStatus.UNAUTHORIZED: "WWW-Authenticate",
    HTTPStatus.TOO_MANY_REQUESTS: "Retry-After",
    HTTPStatus.SERVICE_UNAVAILABLE: "Retry-After",
}
IF_NONE_MATCH: Final[Schema] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Tags of states that the client has already: 304 says that it is one of them.",
    "schema": {"type": "string"},
}
IF_MATCH: Final[Schema] = {
    "name": "If-Match",
    "in": "header",
    "description": "Tags of the states that this is meant for.",
    "schema": {"type": "string"},
}


def path_parameter(name: str, is_number: bool) -> Schema:
    """Return a parameter that stands in a path."""
    number = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
    text = {"type": "string", "minLength": 1}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": number if is_number else text,
    }


def problem_response(status: HTTPStatus, problems: Iterable[ProblemType]) -> Schema:
    """Return how these problems, all with one status, are answered."""
    codes = sorted({problem.code for problem in problems})
    said = "; ".join(sorted({f"`{problem.code}`: {problem.detail}" for problem in problems}))
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"status": {"const": status.value}, "code": {"enum": codes}}},
        ]
    }
    response: Schema = {
        "description": said,
        "content": {"application/problem+json": {"schema": schema}},
    }
    if header := HEADERS_OF_STATUS.get(status):
        response["headers"] = {header: HEADERS_OF[header]}
    return response
