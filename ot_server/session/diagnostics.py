"""`Search`: makes diagnostics of one live session's text, while people are here.

A search begins when the text has not changed for a moment, or has kept changing for a second.
At most one is under way, always of the newest text.  After a long search, the next one waits
longer.  No edit waits for any of this.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from ot_server.codehelp.analyzer import Analyzer
from ot_server.errors import AnalysisFailed
from ot_server.session.audience import Audience
from ot_server.session.feed import Diagnosis, Feed

__all__ = ["Search"]

log = structlog.get_logger(__name__)

REST_SECONDS: Final = 0.3
"""How long the text must be unchanged before a search."""
LONGEST_WAIT: Final = 1.0
"""The longest that a search waits for that, in seconds."""
PAUSE: Final = 4.0
"""How many seconds to pause after a search, for each second that it took."""
NO_LANGUAGE: Final = ""
"""In it, nothing was looked for."""


class Search:
    """Keeps the diagnostics of one session up to date with its text."""

    def __init__(self, feed: Feed, audience: Audience, analyzer: Analyzer | None) -> None:
        self._feed = feed
        self._audience = audience
        self._analyzer = analyzer
        self._searching = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._seen = self._head
        self._changed_at = 0.0
        """When `_seen` became another one, in the loop's time."""
        self._hopeless: tuple[int, str, int] | None = None
        """The text for which diagnostics could not be made."""
        if analyzer is not None:
            audience.listeners.append(self.changed)

    def changed(self) -> None:
        """Look again: text, language or participants may have changed."""
        if self._head != self._seen:
            self._seen = self._head
            self._changed_at = asyncio.get_running_loop().time()
            self._forget_others()
        if not self._audience.connections:
            self._stop()
        elif self._task is None and self._is_wanted:
            self._task = asyncio.create_task(self._search(), name="diagnosis")

    async def newest(self, analyzer: Analyzer) -> Diagnosis:
        """Return the diagnostics of the text at the head; make them now if they aren't known.

        Raises:
            AnalysisFailed: they can't be made.
        """
        async with self._searching:
            found = self._feed.diagnosis.found
            if found is not None and _head_of(found) == self._head:
                return found
            epoch, language, revision = self._head
            items = []
            if language in analyzer.languages:
                items = await analyzer.diagnose(self._feed.replica.document.text)
            found = Diagnosis(epoch, language, revision, items)
            if self._analyzer is not None and (epoch, language) == self._head[:2]:
                self._feed.diagnosis.put(found)
                self._audience.wake()
            return found

    def close(self) -> None:
        """Stop searching."""
        if self._analyzer is not None:
            self._audience.listeners.remove(self.changed)
            self._analyzer = None
        self._stop()

    async def closed(self) -> None:
        """Wait until the search that was under way has been given up."""
        if self._stopping:
            await asyncio.wait(self._stopping)

    @property
    def _head(self) -> tuple[int, str, int]:
        """Epoch, language and head: what a search is for."""
        replica = self._feed.replica
        return replica.epoch, replica.info.language, replica.head

    @property
    def _is_wanted(self) -> bool:
        """Whether the text at the head needs a search, and has had none."""
        if self._analyzer is None or self._head[1] not in self._analyzer.languages:
            return False
        found = self._feed.diagnosis.found
        return self._head != self._hopeless and (found is None or _head_of(found) != self._head)

    def _forget_others(self) -> None:
        """Drop the diagnostics of another language: they mean nothing in this one."""
        found = self._feed.diagnosis.found
        epoch, language, revision = self._head
        if found is not None and found.items and found.language != language:
            self._feed.diagnosis.put(Diagnosis(epoch, NO_LANGUAGE, revision, []))
            self._audience.wake()

    async def _search(self) -> None:
        while self._analyzer is not None and self._is_wanted:
            took = await self._search_once(self._analyzer)
            await asyncio.sleep(PAUSE * took)
        self._task = None

    async def _search_once(self, analyzer: Analyzer) -> float:
        """Make diagnostics when the text has rested; return how many seconds that took."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + LONGEST_WAIT
        rested = min(self._changed_at + REST_SECONDS, latest)
        while rested > loop.time():
            await asyncio.sleep(rested - loop.time())
            rested = min(self._changed_at + REST_SECONDS, latest)
        began, head = loop.time(), self._head
        try:
            await self.newest(analyzer)
        except AnalysisFailed as error:
            self._hopeless = head
            log.warning("diagnosis_failed", reason=str(error))
        except Exception:
            # A bug.  Only this help is missing then.
            self._hopeless = head
            log.exception("diagnosis_failed")
        return loop.time() - began

    def _stop(self) -> None:
        if self._task is not None:
            self._stopping.add(self._task)
            self._task.add_done_callback(self._stopping.discard)
            self._task.cancel()
            self._task = None


def _head_of(found: Diagnosis) -> tuple[int, str, int]:
    return found.epoch, found.language, found.revision
