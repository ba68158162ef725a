"""What schemathesis has to know of this server that no schema can say.  It loads this file itself.

Calls that end an account or a login are made by somebody who was there for that alone.  And
some requests are refused for good reason though they are what their schema asks for.
"""

from __future__ import annotations

import os
from typing import Any, Final
from uuid import uuid4

import requests
import schemathesis
from schemathesis.core.failures import ServerError
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

TOKEN = os.environ["OT_TEST_TOKEN"]
PASSWORD = os.environ["OT_TEST_PASSWORD"]
ENDING: Final = {"logout", "delete_me", "change_me", "change_password"}
REFUSED_RIGHTLY: Final = (
    ("precondition_failed", ""),  # If-Match says when not to do it
    ("weak_password", ""),  # it is a common one, or has the name in it
    ("assistant_not_configured", ""),  # there is no key in the tests
    ("invalid_body", "ends after the text"),  # a selection is in a text that the schema can't know
    ("invalid_body", "no such place"),  # an offset is in a text, likewise
    ("unavailable", "is not here yet"),  # nobody waits for a revision that never comes
    ("invalid_query", "no cursor"),  # a cursor is what an answer said, and looks like anything
    ("invalid_query", "comes before"),  # two bounds don't fit each other
    ("invalid_body", "comes before"),
    ("invalid_body", "got `float`"),  # 1.0 is an integer to JSON Schema, and none here
)
"""Codes, and what the detail says."""
TOO_LONG_A_LINE: Final = "Got more than"
"""How aiohttp refuses a request line that is too long, before it is any call's: a query that
breaks its limits may be one."""
NAMED_BY_BODY: Final = {"no_such_revision", "no_such_user"}
"""Codes that say of something in the body, where there is one, that it isn't there."""


@schemathesis.auth(refresh_interval=None)
class Somebody:
    """Whose token is sent: somebody new's with the calls after which nothing would work."""

    def get(self, case: Any, _context: Any) -> str:
        name = case.operation.definition.raw.get("operationId")
        return _register(case.operation.base_url) if name in ENDING else TOKEN

    def set(self, case: Any, token: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether what was found is a mistake."""
    if response.status_code == 400 and response.text.startswith(TOO_LONG_A_LINE):
        return False
    if isinstance(failure, EnsureResourceAvailability):
        # The check takes each 404 for one of the path.  A fork of a revision that isn't there
        # yet says nothing of its session.
        is_of_body = isinstance(case.body, dict) and response.json()["code"] in NAMED_BY_BODY
        return not is_of_body
    if not isinstance(failure, RejectedPositiveData | ServerError):
        return True
    problem = response.json()
    return not any(
        problem["code"] == code and words in problem["detail"] for code, words in REFUSED_RIGHTLY
    )


def _register(base_url: str) -> str:
    name = uuid4().hex[:16]
    answer = requests.post(
        f"{base_url.rstrip('/')}/api/v1/auth/register",
        json={"username": name, "email": f"{name}@example.org", "password": PASSWORD},
        timeout=30,
    )
    token: str = answer.json()["access_token"]
    return token
