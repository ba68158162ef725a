"""A login is a family of tokens that ends as one, when its user wants, or when two use one."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from tests.server.props.accounts import (
    GONE,
    NEW_PASSWORD,
    PASSWORD,
    Account,
    change_password,
    log_in,
    log_out,
    refresh,
    register,
)
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

API = "/api/v1"


async def me(http: ClientSession, account: Account, token: str | None = None) -> tuple[int, str]:
    """Return what the server says to the holder of this access token."""
    headers = bearing(token or account.token)
    async with http.get(f"{account.url}{API}/auth/me", headers=headers) as response:
        if response.status != 200:
            return await problem(response)
        return 200, (await response.json())["username"]


# Access tokens.


async def test_an_access_token_ends_by_itself_and_the_login_goes_on(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(access_token_seconds=0.5)  # whole seconds: none
    ada = await register(http, server.url, "ada")

    assert await me(http, ada) == GONE
    assert await refresh(http, ada) is not None


async def test_a_token_of_an_earlier_secret_is_good_as_long_as_the_settings_say(
    start_server: StartServer, http: ClientSession
) -> None:
    old, new = "o" * 32, "n" * 32
    ada = await register(http, (await start_server(secret=old)).url, "ada")
    with_both = await start_server(secret=new, previous_secrets=f"{'x' * 32}, {old}")
    with_new = await start_server(secret=new)

    for server, answer in ((with_both, (200, "ada")), (with_new, GONE)):
        async with http.get(f"{server.url}{API}/auth/me", headers=ada.headers) as response:
            assert response.status == answer[0]


# Refresh tokens.


async def test_a_refresh_token_is_good_for_the_next_pair(
    server: Server, http: ClientSession
) -> None:
    ada = await register(http, server.url, "ada")

    for _ in range(5):
        again = await refresh(http, ada)
        assert again is not None
        assert again.refresh_token != ada.refresh_token
        assert await me(http, again) == (200, "ada")
        ada = again


async def test_a_lost_answer_is_asked_for_again(server: Server, http: ClientSession) -> None:
    ada = await register(http, server.url, "ada")

    lost, found = await refresh(http, ada), await refresh(http, ada)

    assert lost is not None
    assert found is not None
    assert found.refresh_token != lost.refresh_token
    assert await refresh(http, found) is not None


async def test_a_replayed_token_ends_its_login_for_the_thief_and_for_the_owner(
    server: Server, http: ClientSession
) -> None:
    ada, elsewhere = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")
    second = await refresh(http, ada)
    assert second is not None
    third = await refresh(http, second)
    assert third is not None

    assert await refresh(http, ada) is None  # its successor was used: no answer was lost

    assert await refresh(http, third) is None
    assert await me(http, third) == GONE
    assert await me(http, elsewhere) == (200, "ada"), "another login is another matter"
    assert await refresh(http, elsewhere) is not None


async def test_a_token_that_is_replayed_after_the_grace_ends_its_login(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(refresh_grace_seconds=1e-9)
    ada = await register(http, server.url, "ada")
    second = await refresh(http, ada)
    assert second is not None

    assert await refresh(http, ada) is None

    assert await me(http, second) == GONE


async def test_two_tabs_that_refresh_at_once_both_go_on(
    server: Server, http: ClientSession
) -> None:
    ada = await register(http, server.url, "ada")

    one, other = await asyncio.gather(refresh(http, ada), refresh(http, ada))

    assert one is not None
    assert other is not None
    assert one.refresh_token != other.refresh_token
    assert await refresh(http, one) is not None
    assert await refresh(http, other) is not None


async def test_without_grace_one_of_two_at_once_is_served_and_the_login_ends(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(refresh_grace_seconds=1e-9)
    ada = await register(http, server.url, "ada")

    served = [
        account
        for account in await asyncio.gather(*(refresh(http, ada) for _ in range(5)))
        if account is not None
    ]

    assert len(served) <= 1
    assert await me(http, ada) == GONE


async def test_a_login_that_is_not_used_for_too_long_is_over(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(refresh_token_seconds=1e-9)
    ada = await register(http, server.url, "ada")

    assert await refresh(http, ada) is None
    assert await me(http, ada) == GONE


async def test_the_store_knows_no_token(server: Server, http: ClientSession) -> None:
    ada = await register(http, server.url, "ada")
    await refresh(http, ada)

    kept = b"".join(path.read_bytes() for path in server.settings.data_folder.glob("ot.sqlite3*"))

    assert ada.email.encode() in kept, "this is where it would be"
    for secret in (ada.refresh_token, ada.token, PASSWORD):
        assert secret.encode() not in kept


# Signing out.


async def test_who_signs_out_is_out_there_and_nowhere_else(
    server: Server, http: ClientSession
) -> None:
    ada, elsewhere = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")

    await log_out(http, ada)

    assert await me(http, ada) == GONE
    assert await refresh(http, ada) is None
    assert await me(http, elsewhere) == (200, "ada")
    assert await refresh(http, elsewhere) is not None


async def test_a_new_password_ends_all_other_logins_and_renews_this_one(
    server: Server, http: ClientSession
) -> None:
    ada, elsewhere = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")

    status, pair = await change_password(http, ada)

    assert status == 200
    assert await me(http, ada, pair["access_token"]) == (200, "ada")
    assert await refresh(http, ada) is None, "who has stolen this one is out as well"
    assert await refresh(http, ada, pair["refresh_token"]) is not None
    assert await me(http, elsewhere) == GONE
    assert await refresh(http, elsewhere) is None
    await log_in(http, server.url, "ada", NEW_PASSWORD)
    body = {"username": "ada", "password": PASSWORD}
    async with http.post(f"{server.url}{API}/auth/login", json=body) as response:
        assert await problem(response) == (401, "wrong_credentials")


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("a rose for the thief", NEW_PASSWORD, (403, "wrong_password")),
        (PASSWORD, "Password1234!", (422, "weak_password")),
        (PASSWORD, "short", (422, "invalid_body")),
    ],
)
async def test_a_password_is_not_changed_by_a_stranger_nor_for_a_bad_one(
    server: Server, http: ClientSession, old: str, new: str, refused: tuple[int, str]
) -> None:
    ada, elsewhere = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")

    status, answer = await change_password(http, ada, old, new)

    assert (status, answer["code"]) == refused
    assert await me(http, elsewhere) == (200, "ada")
    await log_in(http, server.url, "ada")


async def test_of_two_who_change_the_password_at_once_one_does(
    server: Server, http: ClientSession
) -> None:
    ada, elsewhere = await register(http, server.url, "ada"), await log_in(http, server.url, "ada")
    words = ["a rose for the boatman", "a daisy for the pilot"]

    answers = await asyncio.gather(
        change_password(http, ada, new=words[0]), change_password(http, elsewhere, new=words[1])
    )

    statuses = [status for status, _ in answers]
    assert statuses.count(200) == 1, answers
    await log_in(http, server.url, "ada", words[statuses.index(200)])
