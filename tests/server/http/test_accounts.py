"""Opening an account, changing and deleting it, and who is told what about it."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.server.props.accounts import PASSWORD, log_in, register, watch_argon2
from tests.server.props.peer import open_room
from tests.server.props.rest import bearing, problem
from tests.server.props.scene import Logs
from tests.servers import Server, StartServer

API = "/api/v1"


# Opening an account.


async def test_who_registers_is_signed_in(server: Server, http: ClientSession) -> None:
    body = {"username": "Ada_L.1", "email": "Ada@Example.org", "password": PASSWORD}
    async with http.post(f"{server.url}{API}/auth/register", json=body) as response:
        assert response.status == 201
        assert response.headers["Cache-Control"] == "no-store"
        answer = await response.json()

    assert sorted(answer) == ["access_token", "expires_in", "refresh_token", "token_type", "user"]
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 600)
    user = answer["user"]
    assert sorted(user) == ["created_at", "email", "id", "username"]
    assert (user["username"], user["email"]) == ("Ada_L.1", "Ada@Example.org")
    async with http.get(
        f"{server.url}{API}/auth/me", headers=bearing(answer["access_token"])
    ) as response:
        assert await response.json() == user


GOOD = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "ab"},
        {"username": "a" * 33},
        {"username": "ada lovelace"},
        {"username": "ada\n"},
        {"username": "ada@example.org"},
        {"username": "аda"},  # the first letter is Cyrillic
        {"username": "../ada"},
        {"username": None},
        {"username": ["ada"]},
        {"email": "ada"},
        {"email": "@"},
        {"email": "ada@"},
        {"email": "ada@b@c"},
        {"email": "ada @example.org"},
        {"email": "ada@example.org\r\nBcc: all"},
        {"email": "ada@" + "e" * 251},
        {"password": "too short.."},
        {"password": "x" * 129},
        {"password": None},
        {"role": "owner"},
        {"id": "ada"},
    ],
    ids=str,
)
async def test_an_account_that_can_not_be_is_not_opened(
    server: Server, http: ClientSession, wrong: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    computations = watch_argon2(monkeypatch)
    async with http.post(f"{server.url}{API}/auth/register", json={**GOOD, **wrong}) as response:
        assert await problem(response) == (422, "invalid_body")
    assert computations == [], "a call that makes no sense costs nothing"


@pytest.mark.parametrize("length", [12, 128])
async def test_passwords_of_12_and_of_128_characters_will_do(
    server: Server, http: ClientSession, length: int
) -> None:
    password = ("tulip ferry " + "".join(map(chr, range(0x4E00, 0x4E80))))[:length]
    body = {**GOOD, "password": password}
    async with http.post(f"{server.url}{API}/auth/register", json=body) as response:
        assert response.status == 201
    await log_in(http, server.url, "ada", password)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Password1234!", "common"),
        ("ada.lovelace-1815", "names_you"),
        ("abcabcabcabc", "repeats"),
        ("qwertyuiop123", "sequence"),
    ],
)
async def test_a_weak_password_is_refused_and_why(
    server: Server, http: ClientSession, password: str, reason: str
) -> None:
    body = {"username": "ada", "email": "ada.lovelace@example.org", "password": password}
    async with http.post(f"{server.url}{API}/auth/register", json=body) as response:
        answer = await response.json(content_type="application/problem+json")
    assert (answer["status"], answer["code"]) == (422, "weak_password")
    assert answer["reason"] == reason
    assert password not in answer["detail"]


async def test_nobody_has_another_s_name_or_address(server: Server, http: ClientSession) -> None:
    await register(http, server.url, "ada")
    for changed, code in (
        ({"username": "ADA", "email": "a@example.org"}, "username_taken"),
        ({"username": "ben", "email": "ADA@example.org"}, "email_taken"),
    ):
        body = {**GOOD, **changed}
        async with http.post(f"{server.url}{API}/auth/register", json=body) as response:
            assert await problem(response) == (409, code)


async def test_where_registering_is_switched_off_nobody_registers(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(registration=False)
    async with http.post(f"{server.url}{API}/auth/register", json=GOOD) as response:
        assert await problem(response) == (403, "registration_off")


# Who one is.


async def test_name_and_address_are_changed_the_latter_with_the_password(
    server: Server, http: ClientSession
) -> None:
    ada = await register(http, server.url, "ada")
    await register(http, server.url, "ben")
    url = f"{server.url}{API}/auth/me"

    async def change(**body: str) -> tuple[int, str]:
        async with http.patch(url, json=body, headers=ada.headers) as response:
            if response.status != 200:
                return await problem(response)
            answer = await response.json()
            return 200, f"{answer['username']} {answer['email']}"

    assert await change() == (200, "ada ada@example.org")
    assert await change(username="ADA") == (200, "ADA ada@example.org")
    assert await change(username="ben") == (409, "username_taken")
    assert await change(email="a@example.org") == (403, "wrong_password")
    assert await change(email="a@example.org", password="x") == (403, "wrong_password")
    assert await change(email="BEN@example.org", password=PASSWORD) == (409, "email_taken")
    assert await change(email="a@example.org", password=PASSWORD) == (200, "ADA a@example.org")
    for wrong in ({"username": ""}, {"email": "a"}, {"id": "x"}, {"password_hash": "x"}):
        assert await change(**wrong) == (422, "invalid_body")
    await log_in(http, server.url, "a@example.org")


async def test_an_account_is_deleted_by_who_knows_its_password(
    server: Server, http: ClientSession
) -> None:
    ada = await register(http, server.url, "ada")
    url = f"{server.url}{API}/auth/me"
    for body, refused in (
        ({}, (422, "invalid_body")),
        ({"password": "x"}, (403, "wrong_password")),
    ):
        async with http.delete(url, json=body, headers=ada.headers) as response:
            assert await problem(response) == refused

    async with http.delete(url, json={"password": PASSWORD}, headers=ada.headers) as response:
        assert (response.status, await response.json()) == (
            200,
            {"deleted_sessions": [], "kept_sessions": []},
        )

    async with http.get(url, headers=ada.headers) as response:
        assert await problem(response) == (401, "invalid_token")
    body = {"username": "ada", "password": PASSWORD}
    async with http.post(f"{server.url}{API}/auth/login", json=body) as response:
        assert await problem(response) == (401, "wrong_credentials")
    await register(http, server.url, "ada")  # the name is free again


async def test_sessions_go_with_their_only_owner_if_that_is_meant(
    server: Server, http: ClientSession
) -> None:
    ada, ben = await register(http, server.url, "ada"), await register(http, server.url, "ben")
    made = {}
    for title in ("Mine", "Ours"):
        async with http.post(
            f"{server.url}{API}/sessions", json={"title": title}, headers=ada.headers
        ) as response:
            assert response.status == 201
            made[title] = (await response.json())["id"]
    mine, ours = ({"id": made[title], "title": title} for title in ("Mine", "Ours"))
    async with http.post(
        f"{server.url}{API}/sessions/{made['Ours']}/invites",
        json={"user": "ben", "role": "owner"},
        headers=ada.headers,
    ) as response:
        assert response.status == 201
    url = f"{server.url}{API}/auth/me"

    async with http.delete(url, json={"password": PASSWORD}, headers=ada.headers) as response:
        refused = await response.json(content_type="application/problem+json")
    assert (refused["status"], refused["code"]) == (409, "owns_sessions")
    assert refused["sessions"] == [mine]
    confirmed = {"password": PASSWORD, "delete_sessions": True}
    async with http.delete(url, json=confirmed, headers=ada.headers) as response:
        assert response.status == 200
        assert await response.json() == {"deleted_sessions": [mine], "kept_sessions": [ours]}

    async with http.get(f"{server.url}{API}/sessions", headers=ben.headers) as response:
        assert [session["id"] for session in (await response.json())["items"]] == [made["Ours"]]


# Who one is not.


async def test_what_takes_an_account_is_not_for_guests(server: Server, http: ClientSession) -> None:
    room = await open_room(http, server.url)
    for method, path in (("GET", "me"), ("PATCH", "me"), ("DELETE", "me"), ("POST", "logout")):
        url = f"{server.url}{API}/auth/{path}"
        async with http.request(method, url, json={"password": PASSWORD}) as response:
            assert await problem(response) == (401, "not_authenticated")
        async with http.request(
            method, url, json={"password": PASSWORD}, headers=bearing(room.token)
        ) as response:
            assert await problem(response) == (401, "invalid_token")


async def test_neither_passwords_nor_tokens_are_in_the_log(
    server: Server, http: ClientSession, logs: Logs
) -> None:
    ada = await register(http, server.url, "ada")
    again = await log_in(http, server.url, "ada")
    tries = {
        "auth/login": {"username": "ada", "password": "canary of the pit"},
        "auth/refresh": {"refresh_token": "canary of the mine"},
        "auth/register": {**GOOD, "password": "canary canary canary"},
    }
    for path, body in tries.items():
        async with http.post(f"{server.url}{API}/{path}", json=body) as response:
            assert response.status >= 400
    logs.are_clean(
        PASSWORD, "canary", ada.token, ada.refresh_token, again.token, again.refresh_token
    )
