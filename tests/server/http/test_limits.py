"""How often somebody may ask: by address, by caller, and for what could be guessed."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from ot_server.http.edge.addresses import address_key
from ot_server.http.edge.limits import Windows
from tests.server.props.accounts import PASSWORD, register
from tests.server.props.peer import open_room
from tests.server.props.rest import bearing, problem
from tests.servers import Server, StartServer

LOCAL = "127.0.0.0/8"


async def refused(response: ClientResponse) -> None:
    """See that this was too often, and that it says when it isn't any more."""
    assert await problem(response) == (429, "too_many_requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 3600


async def log_in(
    http: ClientSession, server: Server, password: str, address: str, name: str = "ada"
) -> tuple[int, str | None]:
    """Try a password from an address; return the status, and the code of a refusal."""
    body = {"username": name, "password": password}
    url, headers = f"{server.url}/api/v1/auth/login", {"X-Forwarded-For": address}
    async with http.post(url, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        return response.status, answer.get("code")


async def test_an_address_may_not_ask_too_often(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(requests_per_address=3)
    url = f"{server.url}/api/v1/auth/me"
    for _ in range(3):
        async with http.get(url) as response:
            assert response.status == 401
    async with http.get(url) as response:
        await refused(response)
    async with http.get(f"{server.url}/ws/anything") as response:
        await refused(response)
    async with http.get(f"{server.url}/healthz") as response:
        assert response.status == 200, "what runs the server may always ask"


async def test_a_caller_may_not_ask_too_often_from_wherever(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(requests_per_caller=2, trusted_proxies=LOCAL)
    ada, bob = await open_room(http, server.url), await open_room(http, server.url)
    addresses = count(1)

    def headers(token: str) -> dict[str, str]:
        return bearing(token, **{"X-Forwarded-For": f"10.0.0.{next(addresses)}"})

    for _ in range(2):
        async with http.get(ada.text_url, headers=headers(ada.token)) as response:
            assert response.status == 200
    async with http.get(ada.text_url, headers=headers(ada.token)) as response:
        await refused(response)
    async with http.get(bob.text_url, headers=headers(bob.token)) as response:
        assert response.status == 200


async def test_an_address_is_what_a_trusted_proxy_says_and_no_one_else(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(requests_per_address=1)
    url = f"{server.url}/api/v1/auth/me"
    for address, status in (("10.0.0.1", 401), ("10.0.0.2", 429)):
        async with http.get(url, headers={"X-Forwarded-For": address}) as response:
            assert response.status == status, "it can say what it likes"

    server = await start_server(requests_per_address=1, trusted_proxies=f"{LOCAL}, 10.9.0.0/16")
    url = f"{server.url}/api/v1/auth/me"
    for said, status in (
        ("10.0.0.1", 401),
        ("10.0.0.1", 429),
        ("10.0.0.2", 401),
        ("1.1.1.1, 10.0.0.2", 429),
        ("10.0.0.3, 10.9.1.1", 401),
        ("10.0.0.3", 429),
        ("junk", 401),
        ("", 429),
    ):
        async with http.get(url, headers={"X-Forwarded-For": said}) as response:
            assert response.status == status, said


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "None"),
    ],
)
def test_one_home_is_one_address(address: str, key: str) -> None:
    assert address_key(address) == key


async def test_passwords_are_not_guessed_from_one_address(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(logins_per_address=3)
    for name in ("ada", "bob", "cleo"):
        assert await log_in(http, server, "a wrong guess", "", name) == (401, "wrong_credentials")
    assert await log_in(http, server, "a wrong guess", "") == (429, "too_many_requests")
    async with http.get(f"{server.url}/api/v1/auth/me") as response:
        assert response.status == 401, "other calls are counted on their own"


async def test_passwords_are_not_guessed_from_many_addresses_and_the_owner_gets_in(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(logins_per_account=3, trusted_proxies=LOCAL)
    await register(http, server.url, "ada")
    assert (await log_in(http, server, PASSWORD, "10.1.1.1"))[0] == 200
    guesses = [await log_in(http, server, "a guess", f"10.0.0.{n}", "ADA") for n in range(5)]
    assert [status for status, _ in guesses] == [401, 401, 429, 429, 429]
    assert (await log_in(http, server, PASSWORD, "10.2.2.2"))[0] == 429, "it might be a guess"
    for _ in range(3):
        assert (await log_in(http, server, PASSWORD, "10.1.1.1"))[0] == 200
    assert (await log_in(http, server, PASSWORD, "10.1.1.1"))[0] == 429


async def test_accounts_are_not_opened_by_the_hundred(
    start_server: StartServer, http: ClientSession
) -> None:
    server = await start_server(registrations_per_address=1)
    await register(http, server.url, "ada")
    body = {"username": "bob", "email": "bob@example.org", "password": PASSWORD}
    async with http.post(f"{server.url}/api/v1/auth/register", json=body) as response:
        await refused(response)


async def test_rooms_do_not_fill_the_disk(start_server: StartServer, http: ClientSession) -> None:
    server = await start_server(rooms_per_address=1)
    for status in (201, 429):
        async with http.post(f"{server.url}/api/v1/rooms", json={}) as response:
            assert response.status == status


def test_a_window_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    windows, now = Windows(), 100.0
    monkeypatch.setattr("ot_server.http.edge.limits.time.monotonic", lambda: now)
    assert windows.acquire_entry("a", 2, 60)
    now += 30
    assert windows.acquire_entry("a", 2, 60)
    assert not windows.acquire_entry("a", 2, 60)
    assert windows.get_moving_window("a", 2, 60) == (100.0, 2)
    now += 30
    assert windows.acquire_entry("a", 2, 60), "the first one has left it"
    assert not windows.acquire_entry("a", 2, 60)


def test_a_flood_of_addresses_is_forgotten_oldest_first() -> None:
    windows = Windows(most_events=100)
    for number in range(10_000):
        assert windows.acquire_entry(f"address {number}", 1, 60)
    assert windows.reset() == 100
    for number in range(150):
        windows.acquire_entry(f"address {number}", 1, 60)
    assert not windows.acquire_entry("address 149", 1, 60)
    assert windows.acquire_entry("address 0", 1, 60)
