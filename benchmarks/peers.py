"""The peers: which libraries, in which versions, and how they are installed.

They are installed by package name, from PyPI and npm, into ``build/peers``, which ignores
itself; the project depends on none of them.  Invariant: a folder with the stamp of these
versions is complete.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["FOLDER", "NPM", "PYPI", "PYTHON_FOLDER", "ROOT", "install", "node", "versions"]

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "build" / "peers"
PYTHON_FOLDER: Final = FOLDER / "python"

NPM: Final = {
    "@codemirror/state": "6.7.6",
    "diamond-types-node": "1.0.2",
    "ot": "0.0.15",
    "ot-text": "1.0.2",
    "ot-text-unicode": "4.0.0",
    "quill-delta": "5.1.0",
    "yjs": "13.6.33",
}
PYPI: Final = {
    "loro": "1.17.1",
    "pycrdt": "0.14.13",
    "python-ottype": "25.7.0",
}


@cache
def install() -> None:
    """Install what is missing; later calls and commands find it there.

    Raises:
        SystemExit: there is no Node, or the packages can't be had.
    """
    node()
    stamp = FOLDER / "installed.json"
    pins = json.dumps({"npm": NPM, "pypi": PYPI, "python": sys.version_info[:2]}, indent=1)
    if stamp.exists() and stamp.read_text("utf-8") == pins:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    (FOLDER / ".gitignore").write_text("*\n", "utf-8")
    (FOLDER / "package.json").write_text(
        json.dumps({"private": True, "dependencies": NPM}, indent=1), "utf-8"
    )
    print(f"installing peers into {FOLDER.relative_to(ROOT)}", file=sys.stderr)
    _run("npm", "install", "--ignore-scripts", "--no-package-lock", "--silent")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--no-compile")
    _run(*pip, "--target", str(PYTHON_FOLDER), *(f"{name}=={pin}" for name, pin in PYPI.items()))
    stamp.write_text(pins, "utf-8")


def _run(*command: str) -> None:
    try:
        subprocess.run(command, cwd=FOLDER, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"the peers can't be installed: {error}\n"
            "They come from PyPI and npm by pip and npm: is this machine offline?"
        ) from None


@cache
def node() -> str:
    """Return the path of Node.

    Raises:
        SystemExit: there is none.
    """
    path = shutil.which("node")
    if path is None:
        raise SystemExit("half of the peers run in Node, and there is no `node` on PATH")
    return path


def versions(names: Sequence[str]) -> str:
    """Say which versions of the peers, and of Node, were measured."""
    pins = NPM | PYPI
    peers = [f"{name} {pins[name]}" for name in names]
    if any(name in NPM for name in names):
        run = subprocess.run([node(), "--version"], capture_output=True, check=True, text=True)
        peers.append(f"Node {run.stdout.strip().removeprefix('v')}")
    return ", ".join(peers)
