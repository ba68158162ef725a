"""The engine in Python and in TypeScript, side by side: ten thousand cases, one answer each.

The cases go as JSON lines through ``test/differential.ts`` of ``clients/js``.  ``OT_SEED``
makes different cases; a failure prints the case and both answers.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from random import Random
from typing import Any, Final

from ot_core import Operation, OTError, transform, transform_index
from tests.core.cases import random_edit, random_operation, random_text
from tests.typescript import program

CASES: Final = 10_000
SEED: Final = int(os.environ.get("OT_SEED", "2026"))

Case = dict[str, Any]


def random_case(random: Random) -> Case:
    """Return something to compute, now and then something to refuse."""
    text = random_text(random, random.choice((4, 12)))
    # A few operations are made for another length, which both engines must notice.
    length = len(text) + (random.random() < 0.04)
    make = random.choice((random_operation, random_operation, random_edit))
    a, b = make(random, length), random_operation(random, len(text))
    kind = random.choice(("apply", "compose", "transform", "invert", "index", "compact"))
    if kind == "compact":
        return {"kind": kind, "compact": miscopied(random, a.to_compact())}
    if kind in ("apply", "invert"):
        return {"kind": kind, "text": text, "operation": spoilt(random, a)}
    if kind == "index":
        index = random.randint(-1 if random.random() < 0.1 else 0, len(text))
        return {"kind": kind, "operation": spoilt(random, a), "index": index}
    if kind == "compose":
        b = random_operation(random, a.target_length + (random.random() < 0.04))
    return {"kind": kind, "a": spoilt(random, a), "b": b.to_wire()}


def spoilt(random: Random, operation: Operation) -> list[object]:
    """Return the wire form, sometimes with something in it that is not a component."""
    wire: list[object] = [*operation.to_wire()]
    if random.random() < 0.05:
        wrong: tuple[object, ...] = (
            0,
            "",
            "\r",
            "\0",
            "a\ud800",
            "\udc00",
            True,
            False,
            None,
            1.5,
            2**31,
            [1],
            {},
        )
        wire.insert(random.randint(0, len(wire)), random.choice(wrong))
    return wire


def miscopied(random: Random, compact: str) -> str:
    """Return the compact form, sometimes with one character changed or missing."""
    if compact and random.random() < 0.2:
        place = random.randrange(len(compact))
        wrong: str = random.choice(("", *"0159=+-", "a", "😀", "\r", "\ud800"))
        return compact[:place] + wrong + compact[place + 1 :]
    return compact


def answer(case: Case) -> object:
    """Return what Python makes of a case, in the form of the TypeScript filter's answers."""
    read = Operation.from_wire
    try:
        match case["kind"]:
            case "apply":
                return read(case["operation"]).apply(case["text"])
            case "invert":
                return read(case["operation"]).invert(case["text"]).to_wire()
            case "compose":
                return read(case["a"]).compose(read(case["b"])).to_wire()
            case "transform":
                return [made.to_wire() for made in transform(read(case["a"]), read(case["b"]))]
            case "compact":
                return Operation.from_compact(case["compact"]).to_wire()
            case _:
                return transform_index(read(case["operation"]), case["index"])
    except OTError as error:
        return {"error": error.code}


def answers_in_typescript(cases: list[Case]) -> list[object]:
    ran = subprocess.run(
        ["node", program("differential")],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.split("\n")[:-1]]


def test_both_languages_give_the_same_answers() -> None:
    random = Random(SEED)
    cases = [random_case(random) for _ in range(CASES)]
    ours, theirs = [answer(case) for case in cases], answers_in_typescript(cases)
    assert len(theirs) == CASES
    for case, python, typescript in zip(cases, ours, theirs, strict=True):
        assert python == typescript, f"OT_SEED={SEED}: {json.dumps(case)}"
    refused = Counter(str(python) for python in ours if isinstance(python, dict))
    assert len(refused) == 2, "both errors occur"
    assert 100 < refused.total() < CASES // 5, "most of the cases compute something"
