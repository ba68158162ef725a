"""More bad calls: what is wrong with them is a name, a password or another part of the body."""

from __future__ import annotations

import gzip
from typing import Final

from tests.server.props.accounts import NEW_PASSWORD, PASSWORD
from tests.server.props.bad_calls import SESSION, YES, BadCall

__all__ = ["BAD_BODIES"]

FORM: Final = "application/x-www-form-urlencoded"

OF_NAMES: Final = {
    "CRLF in a title": BadCall(
        "PATCH", SESSION, 422, "invalid_body", "owner", {"title": "a\r\nSet-Cookie: b=c"}
    ),
    "a NUL in a title": BadCall("PATCH", SESSION, 422, "invalid_body", "owner", {"title": "a\0"}),
    "CRLF in the name of a version": BadCall(
        "POST", f"{SESSION}/versions", 422, "invalid_body", "owner", {"name": "a\r\nb"}
    ),
    "../ in a language": BadCall(
        "PATCH", SESSION, 422, "invalid_body", "owner", {"language": "../../etc/passwd"}
    ),
    "../ in a username": BadCall(
        "POST", "/auth/register", 422, "invalid_body",
        body={"username": "../ada", "email": "a@example.net", "password": NEW_PASSWORD},
    ),
    "../ in who is invited": BadCall(
        "POST", f"{SESSION}/invites", 422, "invalid_body", "owner", {"user": "../../ada"}
    ),
    "CRLF in an address": BadCall(
        "PATCH", "/auth/me", 422, "invalid_body", "ada",
        {"email": "a@b\r\nBcc: all@example.org", "password": PASSWORD},
    ),
    "a username that is taken": BadCall(
        "PATCH", "/auth/me", 409, "username_taken", "ada", {"username": "A-Owner"}
    ),
    "an address that is taken": BadCall(
        "PATCH", "/auth/me", 409, "email_taken", "ada",
        {"email": "A-OWNER@example.org", "password": PASSWORD},
    ),
    "an account by the name of another": BadCall(
        "POST", "/auth/register", 409, "username_taken",
        body={"username": "ADA", "email": "a@example.net", "password": NEW_PASSWORD},
    ),
    "an escape in a guest's name": BadCall(
        "POST", "/join/{link}", 422, "invalid_body", body={"name": "\x1b[31m"}
    ),
}  # fmt: skip

LOGIN: Final = "/auth/login"
WRONG: Final = "name or password is wrong"

OF_PASSWORDS: Final = {
    "a wrong password": BadCall(
        "POST", LOGIN, 401, "wrong_credentials",
        body={"username": "ada", "password": NEW_PASSWORD}, detail=WRONG,
    ),
    "a name that is nobody's": BadCall(
        "POST", LOGIN, 401, "wrong_credentials",
        body={"username": "eve", "password": NEW_PASSWORD}, detail=WRONG,
    ),
    "SQL for a name": BadCall(
        "POST", LOGIN, 401, "wrong_credentials", body={"username": "' OR 1=1 --", "password": "x"}
    ),
    "a pattern for a name": BadCall(
        "POST", LOGIN, 401, "wrong_credentials", body={"username": "%", "password": PASSWORD}
    ),
    "a name that goes on after a NUL": BadCall(
        "POST", LOGIN, 401, "wrong_credentials", body={"username": "ada\0", "password": PASSWORD}
    ),
    "a query for a name": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": {"$ne": ""}, "password": "x"}
    ),
    "a name of 255 letters": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": "x" * 255, "password": "x"}
    ),
    "no password": BadCall("POST", LOGIN, 422, "invalid_body", body={"username": "ada"}),
    "null for a password": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": "ada", "password": None}
    ),
    "an empty password": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": "ada", "password": ""}
    ),
    "a password of 129 characters": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": "ada", "password": "x" * 129}
    ),
    "a password of 7 MB": BadCall(
        "POST", LOGIN, 422, "invalid_body", body={"username": "ada", "password": "x" * 7_000_000}
    ),
    "a password of 10 MB": BadCall(
        "POST", LOGIN, 413, "too_large", body={"username": "ada", "password": "x" * 10_000_000}
    ),
    "a new password of 10 MB": BadCall(
        "POST", "/auth/password", 413, "too_large", "ada",
        {"old_password": PASSWORD, "new_password": "x" * 10_000_000},
    ),
    "a form for JSON": BadCall(
        "POST", LOGIN, 415, "not_json", body=b"username=ada&password=x", kind=FORM
    ),
    "a name twice in a form": BadCall(
        "POST", "/token", 422, "invalid_body", body=b"username=ada&username=b&password=x", kind=FORM
    ),
    "a form of 100,000 escapes": BadCall(
        "POST", "/token", 422, "invalid_body", body=b"username=ada&password=" + b"%41" * 100_000,
        kind=FORM, detail="a form has 16384 bytes at most",
    ),
    "a new password by a wrong one": BadCall(
        "POST", "/auth/password", 403, "wrong_password", "ada",
        {"old_password": "x", "new_password": NEW_PASSWORD},
    ),
    "a new address by a wrong password": BadCall(
        "PATCH", "/auth/me", 403, "wrong_password", "ada",
        {"email": "new@example.org", "password": NEW_PASSWORD},
    ),
    "a new address without a password": BadCall(
        "PATCH", "/auth/me", 403, "wrong_password", "ada", {"email": "new@example.org"},
        detail="this needs your current password",
    ),
    "a goodbye with a wrong password": BadCall(
        "DELETE", "/auth/me", 403, "wrong_password", "ada", {"password": NEW_PASSWORD}
    ),
    "an account with a role": BadCall(
        "POST", "/auth/register", 422, "invalid_body",
        body={"username": "eve", "email": "e@example.org", "password": NEW_PASSWORD, **YES},
    ),
    "an access token to refresh": BadCall(
        "POST", "/auth/refresh", 422, "invalid_body", body={"refresh_token": "{ada}"}
    ),
    "a guessed refresh token": BadCall(
        "POST", "/auth/refresh", 401, "invalid_token", body={"refresh_token": "x" * 43}
    ),
}  # fmt: skip

OF_BODIES: Final = {
    "no JSON": BadCall("POST", f"{SESSION}/links", 422, "invalid_body", "owner", b"hello"),
    "JSON nested 100,000 deep": BadCall(
        "PATCH", SESSION, 422, "invalid_body", "owner", b'{"title":' + b"[" * 100_000
    ),
    "a field that nobody may set": BadCall(
        "PATCH", SESSION, 422, "invalid_body", "owner", {"id": "mine"}
    ),
    "a text of 3 MB": BadCall(
        "PUT", f"{SESSION}/text", 413, "too_large", "owner", {"text": "x" * 3_000_000}
    ),
    "a text with half a surrogate pair": BadCall(
        "PUT", f"{SESSION}/text", 422, "invalid_body", "owner", b'{"text":"\\ud800"}'
    ),
    "a text with a NUL": BadCall(
        "PUT", f"{SESSION}/text", 422, "invalid_body", "owner", {"text": "a\0b"}
    ),
    "a text on a revision to come": BadCall(
        "PUT", f"{SESSION}/text?base=99", 404, "no_such_revision", "owner", {"text": ""}
    ),
    "a range that ends before it begins": BadCall(
        "POST", f"{SESSION}/revert", 422, "invalid_body", "owner", {"from": 2, "to": 1},
        detail="`to` comes before `from` - at `$.to`",
    ),
    "a packed body": BadCall(
        "PATCH", SESSION, 415, "not_json", "owner", gzip.compress(b'{"title":"New"}'),
        headers={"Content-Encoding": "gzip"}, told={"Accept-Encoding": "identity"},
        detail="send the body as it is, not packed",
    ),
    "a packed form": BadCall(
        "POST", "/token", 415, "not_form", body=gzip.compress(b"username=ada&password=x"),
        kind=FORM, headers={"Content-Encoding": "gzip, gzip"},
    ),
    "a cursor of another list": BadCall(
        "GET", f"{SESSION}/members?after=WyJhIl0", 422, "invalid_query", "owner"
    ),
    "a cursor beyond all numbers": BadCall(
        "GET", f"{SESSION}/members?after=OTIyMzM3MjAzNjg1NDc3NTgwOA", 422, "invalid_query", "owner"
    ),
    "a cursor below all numbers": BadCall(
        "GET", f"{SESSION}/participants?after=LTk5OTk5OTk5OTk5OTk5OTk5OTk5", 422, "invalid_query",
        "owner",
    ),
    "a query with an endless name": BadCall(
        "GET", f"/sessions?{'a' * 5_000}=1", 422, "invalid_query", "owner"
    ),
    "a page of 201": BadCall("GET", "/sessions?limit=201", 422, "invalid_query", "owner"),
    "a query that nobody knows": BadCall(
        "GET", "/sessions?user=ada", 422, "invalid_query", "owner"
    ),
}  # fmt: skip

BAD_BODIES: Final = {**OF_NAMES, **OF_PASSWORDS, **OF_BODIES}
