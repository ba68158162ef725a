"""Signing in, as JSON and as a form; nobody learns by it who has an account."""

from __future__ import annotations

from io import BytesIO

import pytest
from aiohttp import ClientSession

from tests.server.props.accounts import PASSWORD, log_in, register, watch_argon2
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

API = "/api/v1"


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", "Ada@Example.ORG"])
async def test_one_signs_in_by_name_or_address(
    server: Server, http: ClientSession, name: str
) -> None:
    ada = await register(http, server.url, "ada")

    again = await log_in(http, server.url, name)

    assert (again.id, again.username) == (ada.id, "ada")
    assert again.token != ada.token
    assert again.refresh_token != ada.refresh_token


async def test_a_name_that_is_nobody_s_is_answered_as_a_wrong_password_is(
    server: Server, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    computations = watch_argon2(monkeypatch)
    await register(http, server.url, "ada")

    async def attempt(path: str, name: str) -> tuple[object, ...]:
        computations.clear()
        body = {"username": name, "password": "a tulip for the boatman"}
        kind = "json" if path == "/auth/login" else "data"
        async with http.post(f"{server.url}{API}{path}", **{kind: body}) as response:  # type: ignore[arg-type]
            headers = {name: response.headers[name] for name in response.headers if name != "Date"}
            return response.status, headers, await response.text(), tuple(computations)

    for path in ("/auth/login", "/token"):
        known = await attempt(path, "ada")
        assert known == await attempt(path, "ben")
        assert known == await attempt(path, "ben@example.org")
        assert (known[0], known[3]) == (401, ("verify_secret",))
        assert "wrong_credentials" in str(known[2])


async def test_the_oauth2_form_signs_in_whatever_else_it_holds(
    server: Server, http: ClientSession
) -> None:
    ada = await register(http, server.url, "ada")
    form = {
        "grant_type": "password",
        "username": "ada",
        "password": PASSWORD,
        "scope": "",
        "client_id": "tool",
        "client_secret": "",
    }
    async with http.post(f"{server.url}{API}/token", data=form) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        answer = await response.json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 600)
    assert answer["refresh_token"] != ada.refresh_token
    async with http.get(
        f"{server.url}{API}/auth/me", headers=bearing(answer["access_token"])
    ) as response:
        assert (await response.json())["id"] == ada.id


FORM = f"username=ada&password={PASSWORD}".replace(" ", "+")


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (FORM, 200),
        (FORM.replace("+", "%20"), 200),
        ("", 422),
        ("username=ada", 422),
        ("username=ada&password=", 422),
        ("grant_type=client_credentials&" + FORM, 422),
        ("username=ben&" + FORM, 422),
        (FORM + "&password=another", 422),
        (FORM + "&a=b" * 40, 422),
        ("username=%ff&password=%fe", 422),
        (b"username=\xff&password=x", 422),
        ("username=ada&password=" + "x" * 129, 422),
        ("username=ada&password=" + "x" * 10_000_000, 413),
        ('{"username":"ada","password":"x"}', 422),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_form_is_what_it_says_it_is(
    server: Server, http: ClientSession, form: str | bytes, answer: int
) -> None:
    await register(http, server.url, "ada")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = BytesIO(form if isinstance(form, bytes) else form.encode())
    async with http.post(f"{server.url}{API}/token", data=sent, headers=headers) as response:
        assert response.status == answer
        if answer != 200:
            await problem(response)


async def test_a_form_is_no_json_and_json_no_form(server: Server, http: ClientSession) -> None:
    body = {"username": "ada", "password": PASSWORD}
    async with http.post(f"{server.url}{API}/token", json=body) as response:
        assert await problem(response) == (415, "not_form")
    async with http.post(f"{server.url}{API}/auth/login", data=body) as response:
        assert await problem(response) == (415, "not_json")


async def test_a_password_is_hashed_again_at_the_next_login_if_the_cost_has_changed(
    start_server: StartServer, http: ClientSession
) -> None:
    before = await start_server()
    ada = await register(http, before.url, "ada")
    after = await start_server(argon2_passes=2)

    await log_in(http, after.url, "ada")

    row = await after.store.user(ada.id)
    assert row is not None
    assert "t=2" in row.password_hash
    await log_in(http, after.url, "ada")
    assert await after.store.user(ada.id) == row, "once is enough"
