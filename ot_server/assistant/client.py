"""The client of the Messages API: the only module that knows `anthropic`.

That package takes seconds to import, so this module is imported at first use, in a thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
from httpx2 import AsyncByteStream, Response

from ot_server.assistant.failures import AssistantFailed
from ot_server.settings import Settings

__all__ = ["new_client"]

RETRIES = 1
"""Before anything has come."""


class _Bounded(AsyncByteStream):
    """The bytes of a response, up to a limit."""

    def __init__(self, stream: AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise AssistantFailed("assistant_failed", "the assistant's answer is too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def new_client(settings: Settings, most_bytes: int) -> AsyncAnthropic:
    """Return a client whose responses have so many bytes at most."""

    async def bound(response: Response) -> None:
        assert isinstance(response.stream, AsyncByteStream)
        response.stream = _Bounded(response.stream, most_bytes)

    return AsyncAnthropic(
        api_key=settings.assistant_key,
        base_url=settings.assistant_url,
        timeout=settings.assistant_silence_seconds,
        max_retries=RETRIES,
        http_client=DefaultAsyncHttpxClient(event_hooks={"response": [bound]}),
    )
