"""`make quick`: the tests of what has changed, by a rule that is read once.

What has changed is what differs from a commit: from where the branch left main, or on main itself
from the last commit; and what git doesn't know yet.  A room's tests are in the folder of its name
below ``tests/server``; `BESIDE` says where the others are.  A test that changed runs itself, and
what tests share runs those that name it.  What all tests share, and what takes long, is left to
`make test`.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).parents[1]
BESIDE: Final = {
    "ot_core": ("tests/core",),
    "ot_protocol": ("tests/protocol", "tests/server/socket"),
    "ot_server/app.py": ("tests/server/http", "tests/server/serving"),
    "clients/python": ("tests/client",),
    "clients/js": ("clients/js",),
    "clients/web": ("clients/web",),
    "benchmarks": (),
    "deploy": ("tests/server/serving/test_deployment.py",),
    "tests/vectors": ("tests/core", "tests/client", "clients/js"),
    "tools": ("tests/tools",),
}
"""The tests of what has them elsewhere than in the folder of its name; the longest path counts."""
LONG: Final = ("tests/browser", "tests/faults", "tests/simulation")
"""Left to `make test`."""
OF_ALL: Final = ("tests", "tests/server")
"""Whose ``conftest.py`` is every test's."""
DOCS: Final = ("-m", "tools.check_docs")
PYTEST: Final = ("--quiet", "--numprocesses=3", "-m", "not soak and not long")
NOTHING_FOUND: Final = 5
"""What pytest returns where all that was asked for takes long."""
EXAMPLES: Final = "40"
"""Of each property, where `make test` tries 300."""


def tests_of(path: str) -> Iterator[str]:
    """The tests of a file: files and folders for pytest, workspaces for vitest, and documents."""
    parts = PurePosixPath(path).parts
    beside = max((known for known in BESIDE if _is_in(path, known)), key=len, default=None)
    if beside is not None:
        yield from BESIDE[beside]
    elif parts[0] == "tests":
        yield from _tests_that_use(path)
    elif parts[0] == "ot_server" and len(parts) > 1:
        room = PurePosixPath(parts[1]).stem
        yield from (f"tests/server/{room}", f"tests/server/test_{room}.py")
    elif path.endswith(".md"):
        yield path
        yield from _tests_that_name(PurePosixPath(path).name)


def chosen(paths: Iterable[str]) -> list[str]:
    """The tests of all these files: what there is, each once, and no file of a chosen folder."""
    found = {test for path in paths for test in tests_of(path) if (ROOT / test).exists()}
    return sorted(
        test
        for test in found
        if not any(_is_in(test, folder) for folder in LONG)
        and not any(_is_in(test, other) for other in found - {test})
    )


def changed(since: str) -> list[str]:
    """The files that differ from a commit, or that git doesn't know."""
    differ = _git("diff", "--name-only", since)
    return [*differ, *_git("ls-files", "--others", "--exclude-standard")]


def parting() -> str:
    """Return the commit at which this branch left main; on main itself, the last one."""
    branches = {line.strip("* +") for line in _git("branch", "--list", "main")}
    return _git("merge-base", "HEAD", "main")[0] if branches else "HEAD"


def main(arguments: list[str]) -> int:
    """Run the tests; the exit status."""
    since = arguments[0] if arguments else parting()
    tests = chosen(changed(since))
    print(f"Changed since {since[:12]}, and so tested:", *(tests or ["nothing"]), sep="\n  ")
    environment = {"OT_EXAMPLES": EXAMPLES} | os.environ
    # All of them, whatever fails: each says something.
    commands = commands_for(tests, since)
    statuses = [subprocess.run(one, cwd=ROOT, env=environment).returncode for one in commands]
    return max((status for status in statuses if status != NOTHING_FOUND), default=0)


def commands_for(tests: list[str], since: str) -> list[list[str]]:
    """The commands that run these."""
    commands = [
        ["npm", "exec", f"--workspace={test}", "--", "vitest", "run", f"--changed={since}"]
        for test in tests
        if test.startswith("clients/")
    ]
    if any(test.endswith(".md") for test in tests):
        commands.append([sys.executable, *DOCS])
    files = [test for test in tests if test.startswith("tests/")]
    if files:
        commands.append([sys.executable, "-m", "pytest", *PYTEST, *files])
    return commands


def _tests_that_use(path: str) -> Iterator[str]:
    file = PurePosixPath(path)
    if file.name.startswith("test_"):
        yield path
    elif file.name == "conftest.py":
        yield from {str(file.parent)}.difference(OF_ALL)
    elif file.suffix == ".py":
        yield from _tests_that_name(".".join(file.with_suffix("").parts))
    else:  # data: of the tests that it lies beside
        yield str(file.parent)


def _tests_that_name(name: str) -> Iterator[str]:
    for test in sorted(ROOT.glob("tests/**/test_*.py")):
        if name in test.read_text("utf-8"):
            yield str(test.relative_to(ROOT))


def _is_in(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
