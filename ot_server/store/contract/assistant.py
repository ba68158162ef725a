"""`AssistantStore`: the assistant's tasks, their outcomes, and the tokens that they used.

Invariant: at most one task writes in a session.  Tasks of all sessions begin one after the
other, so that together they never use more tokens than allowed.
"""

from __future__ import annotations

from typing import Final, Protocol

from ot_server.store.rows import AssistantTask, Outcome

__all__ = ["DAY", "KEPT_ASSISTANT_TASKS", "AssistantStore"]

DAY: Final = 24 * 3600.0
"""In seconds."""
KEPT_ASSISTANT_TASKS: Final = 100
"""How many tasks of each session are kept; when one begins, the oldest are deleted."""


class AssistantStore(Protocol):
    """The assistant's tasks."""

    async def begin_assistant_task(
        self, task: AssistantTask, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> None:
        """Add a task that is working, for `seconds` unless it is renewed.

        Its tokens are the most that it may use; they count as spent by `spender`.

        Raises:
            AlreadyWriting: it writes, and another task is already writing.
            TokensSpent: this spender, or all together, would spend too much in a day.
        """

    async def renew_assistant_task(self, task_id: str, seconds: float) -> bool:
        """Let a task work for `seconds` from now on; False if it is over, or must end."""

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
        """End a task, and add what is known about it; return whether it had no outcome before.

        The first outcome stays.  `is_over` is False while another node still has to end it.
        `tokens` are the input and output tokens that it used.
        """

    async def assistant_task(self, session_id: str, task_id: str) -> AssistantTask | None:
        """Return a task, or None if there is none."""

    async def assistant_tasks(self, session_id: str) -> list[AssistantTask]:
        """Return the last `KEPT_ASSISTANT_TASKS` of a session without proposals, newest first."""
