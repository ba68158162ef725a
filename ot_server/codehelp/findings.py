"""What ruff says of a text, as diagnostics: rows and columns become offsets, rules severities.

Invariant: offsets are code points of the text that was looked at, and lie within it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from ot_protocol.messages import Diagnostic, Fix, Replacement, Severity

__all__ = ["MOST_ITEMS", "read_findings"]

MOST_ITEMS: Final = 200
"""How many problems are told of one text, the worst first: nobody reads more."""
LONGEST_MESSAGE: Final = 300
LONGEST_FIX: Final = 2_000
"""In code points: names and strings of the text are quoted, however long they are."""

SYNTAX: Final = "invalid-syntax"
SEVERITIES: Final[tuple[tuple[str, Severity], ...]] = (
    (SYNTAX, "error"),
    ("E9", "error"),
    ("F7", "error"),
    ("F82", "error"),
    ("PERF", "info"),
    ("S101", "info"),
)
"""By how a rule begins: what fails when it is run, and what is a matter of taste."""
USUAL: Final[Severity] = "warning"
WORST_FIRST: Final[tuple[Severity, ...]] = ("error", "warning", "info")
BYTE_ORDER_MARK: Final = "\ufeff"


class Place(Struct):
    """Both from 1 on; columns in code points, a byte order mark not counted."""

    row: int
    column: int


class Edit(Struct):
    content: str
    location: Place
    end_location: Place


class Repair(Struct):
    applicability: str
    edits: list[Edit]
    message: str | None = None


class Finding(Struct):
    """One line of ruff's output."""

    message: str
    location: Place
    end_location: Place
    code: str | None = None
    url: str | None = None
    fix: Repair | None = None


decoder: Final = msgspec.json.Decoder(Finding)


def read_findings(output: bytes, text: str) -> list[Diagnostic]:
    """Return the worst of what ruff has found, in the order of the text.

    Raises:
        MsgspecError: it is not ruff's.
    """
    # There may be thousands, in the order of the text, which a sort keeps among equals.
    found = sorted(decoder.decode_lines(output), key=lambda one: WORST_FIRST.index(_severity(one)))
    offsets = _Offsets(text)
    items = [_diagnostic(finding, offsets) for finding in found[:MOST_ITEMS]]
    return sorted(items, key=lambda item: (item.start, item.stop))


def _severity(finding: Finding) -> Severity:
    code = finding.code or SYNTAX
    return next((level for begin, level in SEVERITIES if code.startswith(begin)), USUAL)


def _diagnostic(finding: Finding, offsets: _Offsets) -> Diagnostic:
    code = finding.code or SYNTAX
    start = offsets.of(finding.location)
    return Diagnostic(
        start=start,
        stop=max(start, offsets.of(finding.end_location)),
        severity=_severity(finding),
        code="syntax" if code == SYNTAX else code,
        message=_shortened(finding.message),
        url=finding.url,
        fix=_fix(finding.fix, offsets),
    )


def _fix(repair: Repair | None, offsets: _Offsets) -> Fix | None:
    """Return a fix that can be made by itself; some are only meant to be read."""
    if repair is None or repair.applicability == "display":
        return None
    if sum(len(edit.content) for edit in repair.edits) > LONGEST_FIX:
        return None
    edits = sorted(
        (
            Replacement(offsets.of(edit.location), offsets.of(edit.end_location), edit.content)
            for edit in repair.edits
        ),
        key=lambda edit: (edit.start, edit.stop),
    )
    return Fix(_shortened(repair.message or "Fix"), edits)


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


class _Offsets:
    """Turns rows and columns of one text into offsets."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts = list(_line_starts(text))
        self._unseen = text.startswith(BYTE_ORDER_MARK)

    def of(self, place: Place) -> int:
        """Return where a place is; what lies outside of the text is moved into it."""
        if place.row > len(self._starts):
            return self._length
        start = self._starts[place.row - 1] + (self._unseen and place.row == 1)
        return min(start + place.column - 1, self._length)


def _line_starts(text: str) -> Iterator[int]:
    start = 0
    while start >= 0:
        yield start
        start = text.find("\n", start) + 1 or -1
