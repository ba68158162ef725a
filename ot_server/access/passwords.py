"""Passwords: hashed with argon2id, off the event loop and few at once; and weak ones refused.

Invariant: checking a password costs one computation even if there is no such user, so that the
time it takes doesn't show whether there is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import cache
from importlib.resources import files
from itertools import pairwise
from string import digits, punctuation, whitespace
from typing import Final, NamedTuple, TypeVar
from unicodedata import normalize

from passlib.hash import argon2  # type: ignore[import-untyped]  # it ships no types

from ot_server.errors import Busy
from ot_server.settings import Settings

__all__ = ["Checked", "Passwords", "Weakness", "weakness_of"]

T = TypeVar("T")

MOST_WAITING: Final = 64
"""How many hashes may wait for a thread."""
SHORTEST_NAME: Final = 4
"""Shorter names are allowed in a password: they would rule out too many good ones."""
FEWEST_CHARACTERS: Final = 5
"""How many different characters a password must have."""
ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
"""Characters in orders that everybody knows: alphabet, digits, keyboards."""
ADJACENT: Final = frozenset(
    pair for row in ROWS for a, b in pairwise(row) for pair in (a + b, b + a)
)
SIGNS: Final = digits + punctuation + whitespace
LOOK_ALIKES: Final = str.maketrans("@4301!$57", "aaeoiisst")
"""What people write instead of letters."""


class Weakness(Enum):
    """Why a password is refused, in the words that people read."""

    COMMON = "it is one of the passwords that are tried first"
    NAMES_YOU = "it holds your username or your e-mail address"
    REPEATS = "it is little more than one piece, repeated"
    SEQUENCE = "it is little more than a run of the alphabet or of the keyboard"


class Checked(NamedTuple):
    """The outcome of checking a password."""

    is_right: bool
    rehashed: str | None
    """A new hash with the current cost, if the stored one has another cost."""


class Passwords:
    """Hashes and checks passwords, at the cost that the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._scheme = argon2.using(
            type="ID",
            memory_cost=settings.argon2_memory // 1024,
            time_cost=settings.argon2_passes,
            parallelism=1,
        )
        self._threads = ThreadPoolExecutor(settings.argon2_threads, "argon2")
        self._most = settings.argon2_threads + MOST_WAITING
        self._under_way = 0
        self._hash_of_none: str = self._scheme.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Return the hash of a new password.

        Raises:
            Busy: too many wait already.
        """
        return await self._compute(lambda: self._hash(password))

    async def check(self, password: str, hash_: str | None) -> Checked:
        """Return whether this is the password that was hashed; without a hash, it never is.

        Raises:
            Busy: too many wait already.
        """
        return await self._compute(lambda: self._check(password, hash_))

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown()

    def _hash(self, password: str) -> str:
        hash_: str = self._scheme.hash(_normal(password))
        return hash_

    def _check(self, password: str, hash_: str | None) -> Checked:
        matches = self._scheme.verify(_normal(password), hash_ or self._hash_of_none)
        if hash_ is None or not matches:
            return Checked(is_right=False, rehashed=None)
        is_outdated = self._scheme.needs_update(hash_)
        return Checked(is_right=True, rehashed=self._hash(password) if is_outdated else None)

    async def _compute(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._most:
            raise Busy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1


def weakness_of(password: str, username: str, email: str) -> Weakness | None:
    """Return why a new password is too easy to guess, ignoring case; None if it isn't."""
    folded = _normal(password).casefold()
    address = email.casefold()
    names = (username.casefold(), address.partition("@")[0])
    if any(len(name) >= SHORTEST_NAME and name in folded for name in names):
        return Weakness.NAMES_YOU
    if len(set(folded)) < FEWEST_CHARACTERS or _is_repeated(folded):
        return Weakness.REPEATS
    if _is_run(folded):
        return Weakness.SEQUENCE
    if _is_common(folded):
        return Weakness.COMMON
    return None


def _normal(password: str) -> str:
    """Return a password in the form that is hashed: the same from every keyboard (NFKC)."""
    return normalize("NFKC", password)


def _is_repeated(folded: str) -> bool:
    """Whether it is one piece, repeated."""
    return any(folded.startswith(folded[length:]) for length in range(1, len(folded) // 2 + 1))


def _is_run(folded: str) -> bool:
    """Whether its runs of adjacent characters have four or more of them, on average."""
    breaks = sum(a != b and a + b not in ADJACENT for a, b in pairwise(folded))
    return breaks + 1 <= len(folded) // 4


def _is_common(folded: str) -> bool:
    """Whether it is a common password, or one or two common words with signs around them."""
    common = _common()
    word = folded.strip(SIGNS).translate(LOOK_ALIKES)
    return (
        folded in common
        or word in common
        or any(word[:at] in common and word[at:] in common for at in range(1, len(word)))
    )


@cache
def _common() -> frozenset[str]:
    return frozenset((files("ot_server.access") / "common_passwords.txt").read_text().split())
