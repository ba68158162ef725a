"""What looks for problems in a text, whatever it is made of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ot_protocol.messages import Diagnostic

__all__ = ["Analyzer"]


class Analyzer(Protocol):
    """Looks for problems."""

    @property
    def languages(self) -> Collection[str]:
        """What it knows."""

    async def diagnose(self, text: str) -> list[Diagnostic]:
        """Return what is wrong with a text in one of these, in its order; code points.

        Raises:
            AnalysisFailed: it took too much, or what looks is not there.
        """
