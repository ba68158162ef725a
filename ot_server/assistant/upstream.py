"""`Upstream`: the way to the model, over the Messages API.

Its client is imported at first use, in a thread, because that takes seconds.  An answer is a
stream of text that ends properly; anything else is an `AssistantFailed`.

Invariant: what a prompt takes is bounded, in time, in tokens and in bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import structlog

from ot_server.assistant.failures import AssistantFailed, FailureCode
from ot_server.assistant.prompts import Prompt
from ot_server.settings import Settings

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

__all__ = ["Answer", "Upstream"]

log = structlog.get_logger(__name__)

BYTES_PER_TOKEN: Final = 16
"""More than any token has."""
MOST_OVERHEAD: Final = 64
"""How many times the bytes of its text a stream may have: each event is an object."""

NOT_INSTALLED: Final = (
    "this server has no assistant: install its extra `ai`, with `pip install 'ot-collab[ai]'`"
)

CODES: Final[dict[int, FailureCode]] = {
    401: "assistant_key_refused",
    403: "assistant_key_refused",
    408: "assistant_timeout",
    429: "assistant_overloaded",
    503: "assistant_overloaded",
    504: "assistant_timeout",
    529: "assistant_overloaded",
}
"""By status; all others are `assistant_failed`."""
CODES_OF_EVENTS: Final[dict[str, FailureCode]] = {
    "authentication_error": "assistant_key_refused",
    "permission_error": "assistant_key_refused",
    "rate_limit_error": "assistant_overloaded",
    "overloaded_error": "assistant_overloaded",
    "timeout_error": "assistant_timeout",
}
"""By the type of an error that comes in the middle of a stream, which has begun with a 200."""


class Upstream:
    """Asks the model, if there is a key for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._most_bytes = settings.assistant_output_tokens * BYTES_PER_TOKEN
        self._is_installed = find_spec("anthropic") is not None
        self._opening: asyncio.Task[AsyncAnthropic] | None = None

    @property
    def is_configured(self) -> bool:
        """Whether there is a key, and what uses it."""
        return bool(self._settings.assistant_key) and self._is_installed

    def require(self) -> None:
        """Return if it is configured.

        Raises:
            AssistantFailed: it isn't; its text says what is missing.
        """
        if not self._settings.assistant_key:
            raise AssistantFailed("assistant_not_configured")
        if not self._is_installed:
            raise AssistantFailed("assistant_not_configured", NOT_INSTALLED)

    @asynccontextmanager
    async def answering(self, prompt: Prompt) -> AsyncIterator[Answer]:
        """Ask, and in this block read the answer, which has begun.

        Raises:
            AssistantFailed: there is none.
        """
        settings = self._settings
        self.require()
        client = await self._client()
        with _judged():
            async with asyncio.timeout(settings.assistant_silence_seconds):
                stream: Any = await client.messages.create(
                    model=settings.assistant_model,
                    max_tokens=settings.assistant_output_tokens,
                    system=prompt.system,
                    messages=[{"role": "user", "content": prompt.question}],
                    stream=True,
                )
        answer = Answer(stream, settings.assistant_silence_seconds, self._most_bytes)
        try:
            with _judged():
                await answer.begin()
            yield answer
        finally:
            with suppress(Exception):  # the connection may be broken already
                await stream.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._opening is not None:
            with suppress(Exception):
                client = await self._opening
                await client.close()

    async def _client(self) -> AsyncAnthropic:
        if self._opening is None or (self._opening.done() and self._opening.exception()):
            self._opening = asyncio.create_task(asyncio.to_thread(self._open))
        try:
            return await asyncio.shield(self._opening)
        except ImportError:  # it is there, but not all that it needs
            raise AssistantFailed("assistant_not_configured", NOT_INSTALLED) from None

    def _open(self) -> AsyncAnthropic:
        from ot_server.assistant.client import new_client

        return new_client(self._settings, self._most_bytes * MOST_OVERHEAD)


@dataclass
class Answer:
    """What the model says, a piece of text at a time, and what that takes."""

    stream: Any
    silence: float
    """How long nothing may come, in seconds."""
    most_bytes: int
    input_tokens: int = 0
    output_tokens: int = 0
    """As the model's host has counted; before that, an estimate."""
    is_cut: bool = False
    """Whether it reached its limit of tokens."""
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0
    _is_counted: bool = False
    _is_over: bool = False

    async def begin(self) -> None:
        """Wait for the first event."""
        await self._next()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield its text.

        Raises:
            AssistantFailed: it ends in the middle, or is no answer.
        """
        while not self._is_over:
            with _judged():
                await self._next()
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece

    async def _next(self) -> None:
        async with asyncio.timeout(self.silence):
            event = await anext(self.stream, None)
        if event is None:
            raise AssistantFailed("assistant_failed", "the assistant's answer was cut off")
        match event.type:
            case "message_start":
                self.input_tokens = _count(event.message.usage.input_tokens)
            case "content_block_delta" if event.delta.type == "text_delta":
                self._take(event.delta.text)
            case "message_delta":
                self.output_tokens, self._is_counted = _count(event.usage.output_tokens), True
                self._stopped(event.delta.stop_reason)
            case "message_stop":
                self._is_over = True
            case _:
                pass  # the beginning or the end of a block, or of what we don't know

    def _take(self, text: object) -> None:
        if not isinstance(text, str):
            raise AssistantFailed("assistant_failed")
        self._size += len(text.encode(errors="replace"))
        if self._size > self.most_bytes:
            raise AssistantFailed("assistant_failed", "the assistant's answer is too long")
        if not self._is_counted:
            self.output_tokens = self._size // 3
        if text:
            self._pieces.append(text)

    def _stopped(self, reason: object) -> None:
        if reason in ("max_tokens", "model_context_window_exceeded"):
            self.is_cut = True
        elif reason == "refusal":
            raise AssistantFailed("assistant_declined")


@contextmanager
def _judged() -> Iterator[None]:
    """Make anything that goes wrong upstream in this block an `AssistantFailed`."""
    try:
        yield
    except AssistantFailed:
        raise
    except Exception as error:
        code = _code_of(error)
        # Its text may quote what was asked, so only its kind is logged.
        status = getattr(error, "status_code", None)
        log.warning("assistant_failed", code=code, error=type(error).__name__, status=status)
        raise AssistantFailed(code) from None


def _code_of(error: Exception) -> FailureCode:
    if any("Timeout" in kind.__name__ for kind in type(error).mro()):
        return "assistant_timeout"
    type_ = getattr(error, "type", None)
    if isinstance(type_, str) and type_ in CODES_OF_EVENTS:
        return CODES_OF_EVENTS[type_]
    status = getattr(error, "status_code", None)
    return CODES.get(status, "assistant_failed") if isinstance(status, int) else "assistant_failed"


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and 0 <= tokens < 2**31 else 0
