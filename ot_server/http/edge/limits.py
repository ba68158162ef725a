"""How often somebody may ask: moving windows, in the memory of this process.

Calls are counted by address and by caller.  Passwords, accounts and rooms have stricter limits:
the first can be guessed, the others are kept although they need no account.

The law: memory is bounded.  The windows that were quiet for longest are forgotten first.  So a
flood of addresses fills no memory, and gains only what so many addresses may do anyway.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from hashlib import blake2b
from typing import Final, Literal

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from ot_server.http.edge.addresses import client_key
from ot_server.http.framework.problem import TOO_MANY_REQUESTS, Problem
from ot_server.settings import Settings
from ot_server.telemetry.meters import Meters

__all__ = ["Bucket", "Limits", "Windows"]

Bucket = Literal["api", "login", "register", "rooms"]
"""Which limit of its address a call counts towards."""

MOST_EVENTS: Final = 200_000
"""Of all windows together, about 20 MB."""
MOST_HOMES: Final = 100_000
"""Pairs of account and address that are remembered, about 20 MB."""


class Windows(Storage, MovingWindowSupport):
    """When each key was hit, for as many hits as there is room for.

    The package's own storage grows with the number of keys, and starts a thread to sweep them.
    """

    def __init__(self, most_events: int = MOST_EVENTS) -> None:
        super().__init__()
        self._most = most_events
        self._events: OrderedDict[str, deque[float]] = OrderedDict()
        """By key, oldest first; the key that was hit last stands last."""
        self._count = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Hit a key so many times, unless that makes more than `limit` in `expiry` seconds."""
        now = time.monotonic()
        window = self._expire(key, now - expiry)
        if len(window) + amount > limit:
            return False
        self._events[key] = window
        self._events.move_to_end(key)
        window.extend([now] * amount)
        self._count += amount
        while self._count > self._most:
            _, forgotten = self._events.popitem(last=False)
            self._count -= len(forgotten)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the first hit was that still counts, and how many do."""
        now = time.monotonic()
        window = self._expire(key, now - expiry)
        return (window[0] if window else now), len(window)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        keys = len(self._events)
        self._events.clear()
        self._count = 0
        return keys

    def clear(self, key: str) -> None:
        self._count -= len(self._events.pop(key, ()))

    # The other strategies of the package count by these; here is none of them.
    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def _expire(self, key: str, until: float) -> deque[float]:
        window = self._events.get(key, deque())
        while window and window[0] <= until:
            window.popleft()
            self._count -= 1
        if not window:
            self._events.pop(key, None)
        return window


class Limits:
    """What the settings allow, and who has used how much of it."""

    def __init__(self, settings: Settings, meters: Meters) -> None:
        self._refused = meters.refused
        self._proxies = settings.proxies
        self._windows = Windows()
        self._limiter = MovingWindowRateLimiter(self._windows)
        self._of_address: dict[Bucket, RateLimitItem] = {
            "api": RateLimitItemPerMinute(settings.requests_per_address),
            "login": RateLimitItemPerMinute(settings.logins_per_address),
            "register": RateLimitItemPerHour(settings.registrations_per_address),
            "rooms": RateLimitItemPerHour(settings.rooms_per_address),
        }
        self._of_caller = RateLimitItemPerMinute(settings.requests_per_caller)
        self._of_runs = RateLimitItemPerMinute(settings.shared_runs_per_caller)
        self._of_account = RateLimitItemPerMinute(settings.logins_per_account)
        self._homes: OrderedDict[tuple[str, str], None] = OrderedDict()

    def count(self, bucket: Bucket, request: web.Request) -> None:
        """Count a call of an address, before anything is done for it.

        Raises:
            Problem: 429, there were too many.
        """
        self._hit(self._of_address[bucket], bucket, client_key(request, self._proxies))

    def count_caller(self, caller_id: str) -> None:
        """Count a call of a user or a guest, wherever it comes from.

        Raises:
            Problem: 429, there were too many.
        """
        self._hit(self._of_caller, "caller", caller_id)

    def count_run(self, caller_id: str) -> None:
        """Count a run that a user or a guest shows to the others.

        Raises:
            Problem: 429, there were too many.
        """
        self._hit(self._of_runs, "runs", caller_id)

    def count_guess(self, name: str, request: web.Request) -> None:
        """Count a password that is tried on an account, by the name it is called.

        Many addresses together guess no faster than one.  Its owner is not locked out by
        them: an address from which somebody has signed in to it is counted on its own.

        Raises:
            Problem: 429, there were too many.
        """
        account, address = home = _account_key(name), client_key(request, self._proxies)
        if home in self._homes:
            self._hit(self._of_account, "home", account, address)
        else:
            self._hit(self._of_account, "account", account)

    def remember_home(self, name: str, request: web.Request) -> None:
        """Note that somebody has signed in to an account from the address of this request."""
        home = (_account_key(name), client_key(request, self._proxies))
        self._homes[home] = None
        self._homes.move_to_end(home)
        if len(self._homes) > MOST_HOMES:
            self._homes.popitem(last=False)

    def _hit(self, item: RateLimitItem, *key: str) -> None:
        if self._limiter.hit(item, *key):
            return
        self._refused[key[0]] += 1
        free_at: float = self._limiter.get_window_stats(item, *key).reset_time
        wait = max(1, math.ceil(free_at - time.monotonic()))
        raise Problem(TOO_MANY_REQUESTS, headers={"Retry-After": str(wait)})


def _account_key(name: str) -> str:
    """Return what stands for a name in limits: as short for a long one."""
    return blake2b(name.casefold().encode(), digest_size=16).hexdigest()
