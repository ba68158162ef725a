"""`Proposal`: a mistake in a text at one revision, and the change that would mend it.

The assistant makes proposals, and the diagnostics of a linter become proposals.  Lines count
from 1.  A replacement is whole lines, without the newline after the last; an empty one takes
the lines away.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from ot_core import Operation, OTError
from ot_protocol.messages import Diagnostic, Severity
from ot_server.assistant.failures import AssistantFailed
from ot_server.assistant.prompts import line_of

__all__ = ["Category", "Proposal", "Source", "from_diagnostics", "line_span", "read_proposals"]

Category = Literal["syntax", "bug", "performance", "security"]
Source = Literal["assistant", "ruff"]

MOST_PROPOSALS: Final = 50
LONGEST_EXPLANATION: Final = 2_000
LONGEST_REPLACEMENT: Final = 20_000
"""In code points."""
CATEGORIES: Final[tuple[tuple[str, Category], ...]] = (
    ("syntax", "syntax"),
    ("E9", "syntax"),
    ("S", "security"),
    ("PERF", "performance"),
)
"""By how a rule of the linter begins; all others are about bugs."""


class Proposal(Struct, frozen=True):
    """One mistake, and what should stand there instead, if anything is proposed."""

    id: str
    source: Source
    first_line: int
    last_line: int
    severity: Severity
    category: Category
    explanation: str
    revision: int
    """Of the text that was looked at."""
    replacement: str | None = None
    """What should take the place of these lines; None proposes no change."""


class Said(Struct):
    """What the model answers."""

    proposals: list[Raw]


class SaidProposal(Struct):
    """One proposal, as the model says it."""

    first_line: Annotated[int, Meta(ge=1)]
    last_line: Annotated[int, Meta(ge=1)]
    severity: Severity
    category: Category
    explanation: Annotated[str, Meta(min_length=1)]
    replacement: str | None = None


def line_span(text: str, first_line: int, last_line: int) -> tuple[int, int]:
    """Return where existing lines begin and end, without the newline after the last."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    return starts[first_line - 1], starts[last_line] - 1


def read_proposals(
    answer: str, text: str, task_id: str, revision: int, taken: int
) -> list[Proposal]:
    """Return the proposals in an answer of the model's; those that make no sense are left out.

    They are numbered from `taken` on.

    Raises:
        AssistantFailed: it is no answer of the kind that was asked for.
    """
    start, stop = answer.find("{"), answer.rfind("}")
    try:
        said = msgspec.json.decode(answer[start : stop + 1].encode(), type=Said)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise AssistantFailed("assistant_failed") from None
    lines = text.count("\n") + 1
    sound = [item for raw in said.proposals if (item := _sound(raw, lines)) is not None]
    return [
        Proposal(
            id=f"{task_id}.{number}",
            source="assistant",
            first_line=item.first_line,
            last_line=item.last_line,
            severity=item.severity,
            category=item.category,
            explanation=item.explanation[:LONGEST_EXPLANATION],
            revision=revision,
            replacement=item.replacement,
        )
        for number, item in enumerate(sound[:MOST_PROPOSALS], taken)
    ]


def from_diagnostics(
    items: Iterable[Diagnostic], text: str, task_id: str, revision: int
) -> list[Proposal]:
    """Return the diagnostics of a text as proposals, with their fixes as replacements."""
    return [
        _from_diagnostic(item, text, f"{task_id}.{number}", revision)
        for number, item in enumerate(items)
    ]


def _from_diagnostic(item: Diagnostic, text: str, id_: str, revision: int) -> Proposal:
    edits = item.fix.edits if item.fix else []
    start = min([item.start, *(edit.start for edit in edits)])
    stop = max([item.stop, *(edit.stop for edit in edits)])
    # Whole lines: an edit that ends with a newline ends before the next line.
    first, last = line_of(text, start), line_of(text, max(start, stop - 1))
    begin, end = line_span(text, first, last)
    end = max(end, min(stop, len(text)))
    replacement, position = "", begin
    for edit in edits:
        replacement += text[position : edit.start] + edit.text
        position = edit.stop
    replacement += text[position:end]
    return Proposal(
        id=id_,
        source="ruff",
        first_line=first,
        last_line=last,
        severity=item.severity,
        category=next((to for begins, to in CATEGORIES if item.code.startswith(begins)), "bug"),
        explanation=f"{item.message} ({item.code})",
        revision=revision,
        replacement=replacement.removesuffix("\n") if edits else None,
    )


def _sound(raw: Raw, lines: int) -> SaidProposal | None:
    """Return a proposal if its lines exist and a text may hold its replacement."""
    try:
        item = msgspec.json.decode(raw, type=SaidProposal)
    except msgspec.MsgspecError:
        return None
    if not item.first_line <= item.last_line <= lines:
        return None
    if item.replacement is None:
        return item
    text = item.replacement.replace("\r", "").removesuffix("\n")
    try:
        Operation.from_wire([text] if text else [])
    except OTError:
        return None
    is_fitting = len(text) <= LONGEST_REPLACEMENT
    return msgspec.structs.replace(item, replacement=text) if is_fitting else None
