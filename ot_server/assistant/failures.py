"""`AssistantFailed`: what can go wrong with the assistant, by a code that never changes.

Nothing that the model's host says is passed on: it may quote the key, or the text.
"""

from __future__ import annotations

from typing import Final, Literal

from ot_server.errors import ServerError

__all__ = ["DETAILS", "AssistantFailed", "FailureCode"]

FailureCode = Literal[
    "assistant_not_configured",
    "assistant_key_refused",
    "assistant_overloaded",
    "assistant_timeout",
    "assistant_failed",
    "assistant_declined",
    "assistant_output_refused",
    "assistant_lock_lost",
    "assistant_stopped",
    "assistant_text_too_long",
    "locked",
]

DETAILS: Final[dict[FailureCode, str]] = {
    "assistant_not_configured": "this server has no assistant: set OT_ASSISTANT_KEY",
    "assistant_key_refused": "the assistant's host refuses this server's key",
    "assistant_overloaded": "the assistant has too much to do now: try again later",
    "assistant_timeout": "the assistant took too long",
    "assistant_failed": "the assistant gave no answer that can be used",
    "assistant_declined": "the assistant declined to answer",
    "assistant_output_refused": "what the assistant wrote can't be part of the text",
    "assistant_lock_lost": "the assistant has lost its lock on the session",
    "assistant_stopped": "the assistant was stopped",
    "assistant_text_too_long": "the text is longer than the assistant reads here",
    "locked": "somebody else has locked the session for now",
}
"""What people are told."""


class AssistantFailed(ServerError):
    """There is no answer, or no more of it."""

    def __init__(self, code: FailureCode, detail: str | None = None) -> None:
        super().__init__(detail or DETAILS[code])
        self.code = code
