"""`Ruff`: the diagnostics of a Python text, by a process that knows nothing but that text.

The text comes from anybody, and there are texts of a megabyte that take ruff gigabytes and
minutes.  So each process has a limit of time, of memory and of output, gets what the server
leaves of the processor, and only a few run at once.

Invariants: when a call returns or raises, its process is gone; offsets are code points of the
text that was looked at, and lie within it.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import Struct
from ruff import find_ruff_bin

from ot_protocol.messages import Diagnostic, Fix, Replacement, Severity
from ot_server.codehelp.processes import Process
from ot_server.errors import AnalysisFailed
from ot_server.settings import Settings

__all__ = ["MOST_ITEMS", "Ruff"]

ARGUMENTS: Final = (
    "check",
    "--isolated",  # from any configuration on this machine
    "--no-cache",
    "--exit-zero",
    "--output-format=json-lines",
    "--select=F,B,S,PERF,E9",
    "--target-version=py313",
    "--stdin-filename=session.py",
    "-",
)
ENVIRONMENT: Final = {"RAYON_NUM_THREADS": "1"}
"""All of it: nothing that is set for the server reaches ruff."""
MOST_MEMORY: Final = 512 * 2**20
"""In bytes; ten thousand lines take a twentieth of it."""
MOST_OUTPUT: Final = 4 * 2**20
"""In bytes; what is said beyond that is not waited for."""

MOST_ITEMS: Final = 200
"""How many diagnostics one text has at most, the worst first: nobody reads more."""
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


class Ruff:
    """Runs ruff, a few times at once."""

    languages: Final = frozenset({"python"})
    """What it knows."""

    def __init__(self, settings: Settings) -> None:
        self._program = settings.ruff
        self._seconds = settings.diagnostics_seconds
        self._gives_way = settings.help_gives_way
        self._turns = asyncio.Semaphore(settings.diagnostics_at_once)

    async def diagnose(self, text: str) -> list[Diagnostic]:
        """Return the diagnostics of a text in Python, in its order; offsets in code points.

        Raises:
            AnalysisFailed: it took too much time or memory, or ruff is not there.
        """
        # What can't be encoded stays one character: every offset holds.
        source = text.encode(errors="replace")
        async with self._turns:
            output = await self._run(source)
        try:
            return await asyncio.to_thread(_read_output, output, text)
        except msgspec.MsgspecError:
            raise AnalysisFailed("what ruff says can't be understood") from None

    async def _run(self, source: bytes) -> bytes:
        try:
            program = self._program or find_ruff_bin()
            process = Process(
                program, *ARGUMENTS, environment=ENVIRONMENT, gives_way=self._gives_way
            )
        except OSError as error:
            raise AnalysisFailed(
                f"ruff can't be started: {error.strerror or 'not found'}"
            ) from None
        _hold_back(process.pid)  # before it has read anything
        try:
            async with asyncio.timeout(self._seconds):
                output, is_whole = await _converse(process, source)
                if is_whole and (code := await process.wait()):
                    raise AnalysisFailed(f"ruff ended with {code}")
        except TimeoutError:
            raise AnalysisFailed(f"ruff took longer than {self._seconds:g} s") from None
        finally:
            await process.end()
        return output


def _hold_back(pid: int) -> None:
    """Bound the memory of a process, where the system can do that."""
    with suppress(OSError):  # it is over already
        if hasattr(resource, "prlimit"):
            resource.prlimit(pid, resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _converse(process: Process, source: bytes) -> tuple[bytes, bool]:
    """Return what the process writes about a source, in whole lines, and whether that is all."""
    feeding = asyncio.create_task(_feed(process, source))
    output = bytearray()
    try:
        with suppress(ConnectionError):  # it has ended and left something unread
            while chunk := await process.read(2**16):
                output += chunk
                if len(output) > MOST_OUTPUT:
                    return bytes(output[: output.rfind(b"\n") + 1]), False
    finally:
        feeding.cancel()
        await asyncio.wait([feeding])
    return bytes(output), True


async def _feed(process: Process, source: bytes) -> None:
    with suppress(OSError):  # it has ended, which its reader sees as well
        await process.write(source)
        process.write_eof()


class RuffPlace(Struct):
    """Row and column, from 1 on; in code points, a byte order mark not counted."""

    row: int
    column: int


class RuffEdit(Struct):
    content: str
    location: RuffPlace
    end_location: RuffPlace


class RuffFix(Struct):
    applicability: str
    edits: list[RuffEdit]
    message: str | None = None


class RuffDiagnostic(Struct):
    """One line of ruff's output."""

    message: str
    location: RuffPlace
    end_location: RuffPlace
    code: str | None = None
    url: str | None = None
    fix: RuffFix | None = None


decoder: Final = msgspec.json.Decoder(RuffDiagnostic)


def _read_output(output: bytes, text: str) -> list[Diagnostic]:
    """Return the worst of what ruff has found, in the order of the text.

    Raises:
        MsgspecError: it is not ruff's.
    """
    # There may be thousands, in the order of the text, which a sort keeps among equals.
    found = sorted(decoder.decode_lines(output), key=lambda one: WORST_FIRST.index(_severity(one)))
    offsets = _Offsets(text)
    items = [_diagnostic(one, offsets) for one in found[:MOST_ITEMS]]
    return sorted(items, key=lambda item: (item.start, item.stop))


def _severity(found: RuffDiagnostic) -> Severity:
    code = found.code or SYNTAX
    return next((level for begin, level in SEVERITIES if code.startswith(begin)), USUAL)


def _diagnostic(found: RuffDiagnostic, offsets: _Offsets) -> Diagnostic:
    code = found.code or SYNTAX
    start = offsets.of(found.location)
    return Diagnostic(
        start=start,
        stop=max(start, offsets.of(found.end_location)),
        severity=_severity(found),
        code="syntax" if code == SYNTAX else code,
        message=_shortened(found.message),
        url=found.url,
        fix=_fix(found.fix, offsets),
    )


def _fix(fix: RuffFix | None, offsets: _Offsets) -> Fix | None:
    """Return a fix that can be made by itself; some are only meant to be read."""
    if fix is None or fix.applicability == "display":
        return None
    if sum(len(edit.content) for edit in fix.edits) > LONGEST_FIX:
        return None
    edits = sorted(
        (
            Replacement(offsets.of(edit.location), offsets.of(edit.end_location), edit.content)
            for edit in fix.edits
        ),
        key=lambda edit: (edit.start, edit.stop),
    )
    return Fix(_shortened(fix.message or "Fix"), edits)


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


class _Offsets:
    """Turns rows and columns of one text into offsets."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts = list(_line_starts(text))
        self._unseen = text.startswith(BYTE_ORDER_MARK)

    def of(self, place: RuffPlace) -> int:
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
