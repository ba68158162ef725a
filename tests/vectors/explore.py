"""Make many conversations by seed: ``python -m tests.vectors.explore --from 0 --seeds 10000``.

Each is judged as it is made; `--write` keeps them, one a line, for another machine to have its
part in them.  A range of seeds is always the same, so what is many can be done in parts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.vectors.dialogue_cases import conversation

__all__: list[str] = []


def explore(seeds: range) -> Iterator[dict[str, Any]]:
    """Yield their conversations; what is wrong with one is said with its seed."""
    for seed in seeds:
        try:
            yield conversation(seed)
        except Exception as error:
            error.add_note(f"replay it with --from {seed} --seeds 1")
            raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    steps = 0
    seeds = range(options.first, options.first + options.seeds)
    with (options.write or Path("/dev/null")).open("w", encoding="ascii") as lines:
        for case in explore(seeds):
            steps += len(case["steps"])
            lines.write(json.dumps(case, separators=(",", ":")) + "\n")
    print(f"{len(seeds):,} conversations from seed {options.first}, {steps:,} steps: nothing found")


if __name__ == "__main__":
    main()
