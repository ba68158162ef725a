"""What every `AccountStore` promises of refresh tokens: good once, and theft is noticed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ot_server.access.tokens import hash_refresh_token
from ot_server.store.contract import Store
from ot_server.store.sqlite import SqliteStore
from tests.server.props.account_rows import DAY, GRACE, login, rotate, signed_in, user


@pytest.fixture
def store(empty_store: Store) -> Store:
    """An open store without users."""
    return empty_store


async def test_every_exchange_lets_the_login_live_on(store: Store) -> None:
    await signed_in(store, "ada", "a")
    later = time.time() + DAY / 2

    moved = await rotate(store, 0, 1, later)

    assert moved is not None
    assert moved.expires_at == later + DAY
    assert (moved.id, moved.user_id) == ("a", "id of ada")


async def test_a_login_that_was_not_used_for_too_long_is_over(store: Store) -> None:
    await signed_in(store, "ada", "a")

    assert await rotate(store, 0, 1, time.time() + DAY + 1) is None
    assert await store.login("a") is None


async def test_of_two_who_use_a_token_twice_after_the_grace_both_are_out(store: Store) -> None:
    await signed_in(store, "ada", "a", "b")
    now = time.time()
    await rotate(store, 1, 2, now)

    assert await rotate(store, 1, 3, now + GRACE + 0.1) is None

    assert await rotate(store, 2, 4, now + GRACE + 0.2) is None
    assert await store.living_logins(["a", "b"]) == {"a"}


async def test_tokens_that_were_used_longer_ago_than_a_login_lives_are_forgotten(
    store: Store,
) -> None:
    await signed_in(store, "ada", "a")
    now = time.time()
    for number in range(4):
        assert await rotate(store, number, number + 1, now + number * DAY * 0.6) is not None

    assert await rotate(store, 0, 9, now + 3 * DAY * 0.6) is None
    assert await store.living_logins(["a"]) == {"a"}, "who replays it learns nothing, and ends none"
    assert await rotate(store, 2, 9, now + 3 * DAY * 0.6) is None
    assert await store.living_logins(["a"]) == set()


@dataclass
class Family:
    """The law of refresh tokens, written for reading."""

    children: dict[int, list[int]] = field(default_factory=lambda: {0: []})
    used_at: dict[int, float] = field(default_factory=dict)
    lives: bool = True

    def is_good(self, number: int, now: float) -> bool:
        if not self.lives:
            return False
        if number not in self.used_at:
            return True
        nobody_went_on = not any(child in self.used_at for child in self.children[number])
        return now <= self.used_at[number] + GRACE and nobody_went_on


steps = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([0.0, 1.0, 9.0, GRACE, 11.0])), max_size=30
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts") / "ot.sqlite3"


names = count()


@settings(
    max_examples=100,
    deadline=None,  # a shared machine stalls now and then
    print_blob=True,  # a failure prints what replays it
)
@given(steps)
def test_whoever_uses_which_token_when_the_law_of_the_family_holds(
    path: Path, steps: list[tuple[int, float]]
) -> None:
    asyncio.run(follow(path, f"user {next(names)}", steps))


async def follow(path: Path, name: str, steps: list[tuple[int, float]]) -> None:
    """Use tokens in this order; each step says which of those there are, and after how long."""
    store = SqliteStore(path)
    await store.open()
    await store.add_user(user(name))
    family, now = Family(), time.time()

    def hash_of(number: int) -> bytes:
        return hash_refresh_token(f"{name}, {number}")

    assert await store.add_login(login(name, name), hash_of(0), f"hash of {name}")
    try:
        for which, wait in steps:
            now += wait
            number, new = which % len(family.children), len(family.children)
            is_good = family.is_good(number, now)
            found = await store.rotate(hash_of(number), hash_of(new), now, now + DAY, GRACE)
            assert (found is not None) == is_good
            if is_good:
                family.used_at.setdefault(number, now)
                family.children[number].append(new)
                family.children[new] = []
            else:
                family.lives = False
            assert (await store.login(name) is not None) == family.lives
    finally:
        await store.close()
