"""`timed`: wraps an object so that its calls are timed, and failures counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any, TypeVar, cast

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.telemetry.meters import Distribution

__all__ = ["timed"]

T = TypeVar("T")


def timed(inner: T, seconds: Mapping[str, Distribution], errors: Counter[str] | None = None) -> T:
    """Return an object that does what `inner` does.

    `seconds` has the times by method, of the methods that are awaited.  What a store raises
    as its answer is not an error; a call that its caller gave up is one.
    """
    return cast(T, _Timed(inner, seconds, Counter() if errors is None else errors))


class _Timed:
    def __init__(
        self, inner: object, seconds: Mapping[str, Distribution], errors: Counter[str]
    ) -> None:
        self._inner = inner
        self._seconds = seconds
        self._errors = errors

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of `inner`; each method is wrapped once."""
        attribute = getattr(self._inner, name)
        if not iscoroutinefunction(attribute):
            return attribute
        wrapped = self.__dict__[name] = self._wrapped(attribute, self._seconds[name])
        return wrapped

    def _wrapped(self, method: Callable[..., Any], seconds: Distribution) -> Callable[..., Any]:
        errors = self._errors

        @wraps(method)
        async def call(*arguments: object, **named: object) -> Any:
            start = perf_counter()
            try:
                return await method(*arguments, **named)
            except StoreUnavailable:
                errors["unavailable"] += 1
                raise
            except OutcomeUnknown:
                errors["unknown"] += 1
                raise
            except asyncio.CancelledError:
                errors["given_up"] += 1
                raise
            finally:
                seconds.observe(perf_counter() - start)

        return call
