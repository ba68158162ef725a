"""`AssistantStore`: the assistant's tasks, their outcomes, and the tokens that they have cost.

Invariant: in one session at most one task writes.  Tasks of all sessions begin one after the
other, so that together they never cost more than is allowed.
"""

from __future__ import annotations

from typing import Final, Protocol

from ot_server.store.rows import AssistantTask, Outcome

__all__ = ["DAY", "KEPT_ASSISTANT_TASKS", "AssistantStore"]

DAY: Final = 24 * 3600.0
"""In seconds."""
KEPT_ASSISTANT_TASKS: Final = 100
"""How many are kept of each session; when one begins, the oldest go."""


class AssistantStore(Protocol):
    """The assistant's tasks."""

    async def begin_assistant_task(
        self, task: AssistantTask, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> None:
        """Add a task that is at work, for so many seconds unless it is renewed.

        Its tokens are those that it may take at most; they count as spent by `spender`.

        Raises:
            AlreadyWriting: it writes, and another one does so already.
            TokensSpent: with it, this spender or all together would spend too much in a day.
        """

    async def renew_assistant_task(self, task_id: str, seconds: float) -> bool:
        """Let a task be at work for so many seconds from now; False if it is over, or is to end."""

    async def end_assistant_task(
        self,
        task_id: str,
        outcome: Outcome,
        failure: str | None = None,
        *,
        now: float,
        is_over: bool = True,
        last: int | None = None,
        tokens: tuple[int, int] | None = None,
        proposals: bytes | None = None,
    ) -> bool:
        """End a task, and add what is known of it; say whether it had no outcome before.

        The first outcome stays.  `is_over` is False while another node is still to end it.
        `tokens` are those of input and output that it has taken.
        """

    async def assistant_task(self, session_id: str, task_id: str) -> AssistantTask | None:
        """Return a task, or None where there is none."""

    async def assistant_tasks(self, session_id: str) -> list[AssistantTask]:
        """Return the last `KEPT_ASSISTANT_TASKS` of a session without proposals, newest first."""
