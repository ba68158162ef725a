"""Passwords are hashed dearly, off the loop and few at once; easy ones are refused."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import argon2
import pytest
from msgspec import structs

from ot_server.access.passwords import Passwords, Weakness, weakness_of
from ot_server.errors import Busy
from ot_server.settings import Settings
from tests.servers import FAST

GOOD = "a tulip for the ferryman"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(FAST)
    yield passwords
    passwords.close()


class Gate:
    """Holds every computation until it is opened, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open = threading.Event()
        self.under_way = 0
        self.most = 0
        self.done = 0
        self._lock = threading.Lock()
        for name in ("hash_secret", "verify_secret"):
            monkeypatch.setattr(argon2.low_level, name, self._gated(name))

    def _gated(self, name: str) -> object:
        work = getattr(argon2.low_level, name)

        def gated(*args: object, **more: object) -> object:
            with self._lock:
                self.under_way += 1
                self.most = max(self.most, self.under_way)
            self.is_open.wait()
            with self._lock:
                self.under_way -= 1
                self.done += 1
            return work(*args, **more)

        return gated


@pytest.fixture
def gate(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.is_open.set()


async def test_a_password_is_right_and_any_other_is_not(passwords: Passwords) -> None:
    hash_ = await passwords.hash(GOOD)

    assert (await passwords.check(GOOD, hash_)).is_right
    for wrong in ("", GOOD + " ", GOOD[:-1], GOOD.upper(), "\0", "\ufdfa" * 128):
        assert not (await passwords.check(wrong, hash_)).is_right
    assert not (await passwords.check(GOOD, None)).is_right


async def test_one_password_has_never_the_same_hash_and_is_in_none(passwords: Passwords) -> None:
    one, other = await passwords.hash(GOOD), await passwords.hash(GOOD)

    assert one != other
    assert GOOD not in one
    assert one.startswith("$argon2id$v=19$m=8,t=1,p=1$")


async def test_it_does_not_matter_which_keyboard_a_letter_came_from(passwords: Passwords) -> None:
    hash_ = await passwords.hash("caf\u00e9 au lait \uff11\uff12")  # é in one, full-width digits

    assert (await passwords.check("cafe\u0301 au lait 12", hash_)).is_right


async def test_a_right_password_is_hashed_again_where_the_cost_has_changed() -> None:
    today = Passwords(FAST)
    dearer = Passwords(structs.replace(FAST, argon2_memory=16 * 1024, argon2_passes=2))
    old = await today.hash(GOOD)

    checked = await dearer.check(GOOD, old)
    assert checked.is_right
    assert checked.rehashed is not None
    assert "m=16,t=2" in checked.rehashed
    assert await dearer.check(GOOD, checked.rehashed) == (True, None)
    assert await today.check(GOOD, old) == (True, None)
    assert await dearer.check("another one", old) == (False, None)
    today.close()
    dearer.close()


async def test_checking_costs_one_computation_whether_there_is_a_user_or_not(
    passwords: Passwords, gate: Gate
) -> None:
    gate.is_open.set()
    hash_ = await passwords.hash(GOOD)

    for password, known in ((GOOD, hash_), ("wrong", hash_), (GOOD, None)):
        before = gate.done
        await passwords.check(password, known)
        assert gate.done == before + 1


async def test_nobody_s_hash_is_made_at_the_same_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    verify = argon2.low_level.verify_secret

    def watched(hash_: bytes, secret: bytes, type_: argon2.Type) -> bool:
        hashes.append(hash_)
        return verify(hash_, secret, type_)

    monkeypatch.setattr(argon2.low_level, "verify_secret", watched)
    passwords = Passwords(structs.replace(FAST, argon2_memory=24 * 1024, argon2_passes=3))
    await passwords.check(GOOD, await passwords.hash(GOOD))
    await passwords.check(GOOD, None)

    one, nobodys = (hash_.rpartition(b"p=1$")[0] for hash_ in hashes)
    assert one == nobodys == b"$argon2id$v=19$m=24,t=3,"
    passwords.close()


async def test_a_flood_is_computed_few_at_once_and_what_is_too_much_is_refused(
    passwords: Passwords, gate: Gate
) -> None:
    flood = [asyncio.create_task(passwords.check(GOOD, None)) for _ in range(200)]
    await asyncio.sleep(0)  # each has begun, and those that are too many are told so at once
    refused = [task for task in flood if task.done()]
    waiting = [task for task in flood if not task.done()]

    assert {type(task.exception()) for task in refused} == {Busy}
    assert len(waiting) == FAST.argon2_threads + 64
    gate.is_open.set()  # the loop was free all the time: this line runs
    answers = await asyncio.gather(*waiting)

    assert not any(answer.is_right for answer in answers)
    assert gate.most <= FAST.argon2_threads
    assert not (await passwords.check(GOOD, None)).is_right, "there is room again"


def test_the_default_cost_is_what_is_recommended() -> None:
    defaults = Settings()

    assert defaults.argon2_memory >= 19 * 2**20
    assert defaults.argon2_passes >= 2


WEAK = {
    "password1234": Weakness.COMMON,
    "Password1234!": Weakness.COMMON,
    "P@ssw0rd!!2026": Weakness.COMMON,
    "2026-ADMINISTRATOR": Weakness.COMMON,
    "correcthorsebatterystaple": Weakness.COMMON,
    "dragonmonkey99": Weakness.COMMON,
    "winter2025!!!": Weakness.COMMON,
    "!qaz2wsx#edc": Weakness.COMMON,
    "iLoveYouForever": Weakness.COMMON,
    "lovelace-is-great": Weakness.NAMES_YOU,
    "i-am-LoveLace": Weakness.NAMES_YOU,
    "the countess of": Weakness.NAMES_YOU,
    "aaaaaaaaaaaa": Weakness.REPEATS,
    "aaaaaaaaaaab": Weakness.REPEATS,
    "            ": Weakness.REPEATS,
    "abcabcabcabc": Weakness.REPEATS,
    "tulip!tulip!tulip!": Weakness.REPEATS,
    "tulip-one-9tulip-one-9": Weakness.REPEATS,
    "abcdefghijkl": Weakness.SEQUENCE,
    "zyxwvutsrqpo": Weakness.SEQUENCE,
    "123456789012": Weakness.SEQUENCE,
    "qwertyuiop123": Weakness.SEQUENCE,
    "1qaz2wsx3edc4rfv": Weakness.SEQUENCE,
    "QwErTyUiOp[]": Weakness.SEQUENCE,
    "aabbccddeeff": Weakness.SEQUENCE,
}


@pytest.mark.parametrize(("password", "why"), WEAK.items())
def test_what_is_easy_to_guess_is_refused_and_why(password: str, why: Weakness) -> None:
    assert weakness_of(password, "Lovelace", "countess@example.org") is why


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "analytical-engine",
        "Tr0ub4dor&3 and more",
        "x8#kQ2!zP0vR",
        "correct-horse-tulip",
        "der Fährmann trinkt",
        "ночью все кошки серы",
        "雨の日は家で本を読むのが好き",
        "password of the ferryman",
    ],
)
def test_what_is_not_easy_to_guess_is_taken(password: str) -> None:
    assert weakness_of(password, "Lovelace", "countess@example.org") is None


def test_a_name_of_three_letters_may_stand_in_a_password() -> None:
    assert weakness_of("lavender and dew", "ada", "dew@example.org") is None
