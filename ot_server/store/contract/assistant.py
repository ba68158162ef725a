"""`AssistantStore`: what the assistant was asked, what came of it, and what that has cost.

Invariant: in one session one run at most is at work writing.  Runs of all sessions begin one
after the other, so what they may cost together never exceeds what is allowed.
"""

from __future__ import annotations

from typing import Final, Protocol

from ot_server.store.rows import AssistantRun, Outcome

__all__ = ["DAY", "KEPT_ASSISTANT_RUNS", "AssistantStore"]

DAY: Final = 24 * 3600.0
"""In seconds."""
KEPT_ASSISTANT_RUNS: Final = 100
"""So many of a session are kept; older ones go when the next one begins."""


class AssistantStore(Protocol):
    """The assistant's runs."""

    async def begin_assistant_run(
        self, run: AssistantRun, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> None:
        """Add a run that is at work, for so many seconds unless it is renewed.

        Its tokens are those that it may take at most; they count as spent by `spender`.

        Raises:
            AlreadyWriting: it writes, and another one does so already.
            TokensSpent: with it, one spender or all together would have spent more in a day.
        """

    async def renew_assistant_run(self, run_id: str, seconds: float) -> bool:
        """Let a run be at work for so long from now; False where it is over, or to be."""

    async def end_assistant_run(
        self,
        run_id: str,
        outcome: Outcome,
        problem: str | None = None,
        *,
        now: float,
        is_over: bool = True,
        last: int | None = None,
        tokens: tuple[int, int] | None = None,
        findings: bytes | None = None,
    ) -> bool:
        """End a run, and add what is known of it; say whether it had no outcome before.

        The first outcome stays.  Who has it end elsewhere says that it `is_over` only when it is.
        `tokens` are those of input and output that it has taken.
        """

    async def assistant_run(self, session_id: str, run_id: str) -> AssistantRun | None:
        """Return a run, or None where there is none."""

    async def assistant_runs(self, session_id: str) -> list[AssistantRun]:
        """Return the last `KEPT_ASSISTANT_RUNS` of a session without findings, newest first."""
