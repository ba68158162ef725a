"""`Contender`: one library at one task, in a process of its own.

The process gets its task and data once, as a line of JSON, and is then asked to run the
task again and again.  It measures its own CPU time, and answers with it and with a digest
of the resulting text, so that nobody is fast and wrong.  The other end of the conversation
is ``python/serve.py`` and ``node/serve.mjs``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from benchmarks import peers

__all__ = ["Answer", "Contender", "Process", "digest", "in_node", "in_python", "ours", "running"]


class Answer(NamedTuple):
    """The CPU seconds of a run, and the digest of the resulting text."""

    seconds: float
    digest: str


@dataclass(frozen=True)
class Contender:
    """A library, its task, and how its process is started."""

    name: str
    task: str
    command: Sequence[str]
    package: str | None = None
    """Its package on PyPI or npm, unless it is ours."""
    environment: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A contender at work."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self._process = subprocess.Popen(
            contender.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | contender.environment,
        )

    def prepare(self, data: str) -> None:
        """Hand over the data (JSON); everything that can be prepared is prepared now."""
        self._ask(json.dumps({"prepare": self.contender.task}), data)

    def run(self, times: int = 1) -> Answer:
        """Run the task `times` times in a row."""
        answer = self._ask(json.dumps({"run": times}))
        return Answer(float(answer["seconds"]) / times, str(answer["digest"]))

    def memory(self, data: Path, measure: str) -> tuple[int, str]:
        """Return by how many bytes the process grows as it makes and runs the task.

        `data` is a file of JSON lines, the first text and then patches: it is read line by
        line, so that what was read takes no memory.  `measure` is ``resident``, or
        ``counted``: what the runtime itself says it holds.
        """
        request = {"memory": measure, "task": self.contender.task, "file": str(data)}
        answer = self._ask(json.dumps(request))
        return int(answer["bytes"]), str(answer["digest"])

    def _ask(self, *lines: str) -> dict[str, float | str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.writelines(f"{line}\n" for line in lines)
            self._process.stdin.flush()
            answer: dict[str, float | str] = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, ValueError):
            raise SystemExit(f"{self.contender.name} failed at {self.contender.task}") from None
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def running(contenders: Sequence[Contender]) -> Iterator[list[Process]]:
    """Start the contenders, and end them in any case."""
    with ExitStack() as stack:
        processes = []
        for contender in contenders:
            processes.append(Process(contender))
            stack.callback(processes[-1].end)
        yield processes


def digest(text: str) -> str:
    """Return the answer of a contender that ended with `text`."""
    return sha256(text.encode()).hexdigest()


def ours(task: str, name: str = "ot_core", *, compiled: Path | None = None) -> list[Contender]:
    """Return ot_core at a task: plain and, where a compiled build is named, compiled.

    Raises:
        SystemExit: there is no compiled build.
    """
    contenders = [in_python("ours", task, name)]
    if compiled is not None:
        if not any(compiled.glob("ot_core/transform.*.so")):
            raise SystemExit(f"no compiled ot_core in {compiled}: run `make build-compiled`")
        contenders.append(in_python("ours", task, f"{name}, compiled", first=compiled.resolve()))
    return contenders


def in_python(
    module: str,
    task: str,
    name: str,
    package: str | None = None,
    *,
    first: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Contender:
    """Return a contender in ``benchmarks/python``; `first` comes first on the import path."""
    folders = [peers.ROOT, peers.PYTHON_FOLDER] if package else [peers.ROOT]
    path = os.pathsep.join(map(str, [*filter(None, [first]), *folders]))
    return Contender(
        name,
        task,
        # -P: the current folder must not come before PYTHONPATH.
        (sys.executable, "-P", "-m", f"benchmarks.python.{module}"),
        package,
        {"PYTHONPATH": path, "PYTHONHASHSEED": "0", **(environment or {})},
    )


def in_node(module: str, task: str, package: str, name: str | None = None) -> Contender:
    """Return a contender in ``benchmarks/node``."""
    script = peers.ROOT / "benchmarks" / "node" / f"{module}.mjs"
    command = (peers.node(), "--expose-gc", str(script), str(peers.FOLDER))
    return Contender(name or package, task, command, package)
