"""`program`: a program of the TypeScript client's tests, compiled, to be run by Node."""

from __future__ import annotations

import fcntl
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["program"]

CLIENT: Final = Path(__file__).parents[1] / "clients" / "js"
COMPILED: Final = CLIENT / "dist" / "programs"


@cache
def program(name: str) -> Path:
    """Return where ``test/{name}.ts`` lies compiled; it is compiled if anything is newer."""
    COMPILED.mkdir(parents=True, exist_ok=True)
    stamp = COMPILED / ".compiled"
    with (COMPILED / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes may ask at once
        if not stamp.exists() or stamp.stat().st_mtime < _changed():
            begun = _changed()
            ran = subprocess.run(
                ["npm", "run", "--silent", "programs"], cwd=CLIENT, capture_output=True, text=True
            )
            assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
            stamp.write_text(f"{begun}\n")
    return COMPILED / "test" / f"{name}.js"


def _changed() -> float:
    sources = [*CLIENT.glob("src/**/*.ts"), *CLIENT.glob("test/*.ts"), *CLIENT.glob("tsconfig*")]
    return max(source.stat().st_mtime for source in sources)
