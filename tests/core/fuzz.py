"""Coverage-guided fuzzing of the engine, by atheris, which is libFuzzer for Python::

    python -m tests.core.fuzz build/fuzz -max_total_time=120    goes on from what was found
    python -m tests.core.fuzz build/fuzz/crash-…                replays a broken promise

The options are libFuzzer's; its first line of output names the seed.  In the plain build it
sees which branches an example takes.  In the compiled build it sees only the branches of the
target, so it begins with the examples that the plain build's run has kept.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    atheris: Any = import_module("atheris")  # its types aren't published
    with atheris.instrument_imports(include=["ot_core", "tests.core"]):
        targets = import_module("tests.core.fuzz_targets")
    engine = Path(import_module("ot_core.operation").__file__ or "")
    build = "plain" if engine.suffix == ".py" else "compiled"
    assert build == os.environ.get("OT_CORE_BUILD", "plain"), f"{engine} is {build}"
    print(f"fuzzing the {build} build, {engine}", flush=True)
    atheris.Setup(sys.argv, targets.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
