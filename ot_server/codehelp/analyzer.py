"""`Analyzer`: what finds the diagnostics of a text, whatever it is made of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ot_protocol.messages import Diagnostic

__all__ = ["Analyzer"]


class Analyzer(Protocol):
    """Finds diagnostics."""

    @property
    def languages(self) -> Collection[str]:
        """Those that it knows."""

    async def diagnose(self, text: str) -> list[Diagnostic]:
        """Return the diagnostics of a text in one of these languages, in its order.

        Offsets are code points.

        Raises:
            AnalysisFailed: it took too much time or memory, or its program is not there.
        """
