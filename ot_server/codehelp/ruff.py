"""`Ruff`: what is wrong with a Python text, found by a process that knows nothing but that text.

The text comes from anybody, and there are texts of a megabyte that take ruff gigabytes and
minutes.  So each run has a limit of time, of memory and of output, gets what the
server leaves of the processor, and only a few run at once.

Invariant: when a call returns or raises, its process is gone.
"""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from typing import Final

import msgspec
from ruff import find_ruff_bin

from ot_protocol.messages import Diagnostic
from ot_server.codehelp.findings import read_findings
from ot_server.codehelp.processes import Process
from ot_server.errors import AnalysisFailed
from ot_server.settings import Settings

__all__ = ["Ruff"]

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
        """Return what is wrong with a text in Python, in its order; offsets in code points.

        Raises:
            AnalysisFailed: it took too much, or ruff is not there.
        """
        # What can't be encoded stays one character: every offset holds.
        source = text.encode(errors="replace")
        async with self._turns:
            output = await self._run(source)
        try:
            return await asyncio.to_thread(read_findings, output, text)
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
    """Let a process have no more than its part of the memory, as far as the system can do that."""
    with suppress(OSError):  # it is over already
        if hasattr(resource, "prlimit"):
            resource.prlimit(pid, resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _converse(process: Process, source: bytes) -> tuple[bytes, bool]:
    """Return whole lines of what is said about a source, and whether that is all of it."""
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
