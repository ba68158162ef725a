"""Write the vectors: ``python -m tests.vectors.make``.  The same bytes on every run.

Known examples come first, random ones after them.  Answers are those of `ot_core`,
which the property tests hold to its laws; change the engine's behaviour and the
committed files no longer match, which ``tests/core/test_vectors.py`` reports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from ot_core import Component, Operation, diff, transform, transform_index
from tests.core.cases import LETTERS, random_edit, random_operation, random_text
from tests.vectors.client_cases import client_cases
from tests.vectors.compact_cases import compact_cases
from tests.vectors.dialogue_cases import dialogue_cases
from tests.vectors.dialogue_rules import CLIENT, WELCOME
from tests.vectors.load import FOLDER
from tests.vectors.parts_cases import parts_cases
from tests.vectors.refused_cases import refused_cases
from tests.vectors.undo_cases import undo_cases

SEED: Final = 2026

Case = dict[str, object]


def pairs(random: Random, count: int) -> Iterator[tuple[str, Operation, Operation]]:
    """Yield concurrent operations with the text of both: the ties first, then random ones."""
    ties: list[list[Component]] = [
        [3],
        ["x", 3],
        [3, "x"],
        [-3],
        [1, -1, 1],
        ["x", -3],
        [-3, "x"],
        [-1, "x", -2],
    ]
    for a in ties:
        for b in ties:
            yield "a😀c", Operation(a), Operation([c if c != "x" else "y" for c in b])
    for _ in range(count):
        text = random_text(random, 10)
        yield text, random_operation(random, len(text)), random_operation(random, len(text))


def apply_cases(random: Random) -> Iterator[Case]:
    yield {"text": "", "operation": [], "result": ""}
    yield {"text": "hi?", "operation": [2, "!", -1], "result": "hi!"}
    yield {"text": "a\r\nb\0", "operation": [3, -1, 1, "c"], "result": "a\r\n\0c"}
    for _ in range(400):
        text = random_text(random, random.choice((3, 10, 40)))
        operation = random_operation(random, len(text))
        yield {"text": text, "operation": operation.to_wire(), "result": operation.apply(text)}


def compose_cases(random: Random) -> Iterator[Case]:
    for text, a, _ in pairs(random, 500):
        b = random.choice((random_operation, random_operation, random_edit))(
            random, a.target_length
        )
        yield {
            "text": text,
            "a": a.to_wire(),
            "b": b.to_wire(),
            "composed": a.compose(b).to_wire(),
        }


def transform_cases(random: Random) -> Iterator[Case]:
    for text, a, b in pairs(random, 500):
        a_, b_ = transform(a, b)
        yield {
            "text": text,
            "a": a.to_wire(),
            "b": b.to_wire(),
            "a_": a_.to_wire(),
            "b_": b_.to_wire(),
        }


def invert_cases(random: Random) -> Iterator[Case]:
    for text, operation, _ in pairs(random, 200):
        inverse = operation.invert(text)
        yield {"text": text, "operation": operation.to_wire(), "inverse": inverse.to_wire()}


def index_cases(random: Random) -> Iterator[Case]:
    for _ in range(60):
        operation = random_operation(random, random.randint(0, 8))
        for index in range(operation.base_length + 1):
            result = transform_index(operation, index)
            yield {"operation": operation.to_wire(), "index": index, "result": result}


def diff_cases(random: Random) -> Iterator[Case]:
    known = [
        ("", ""),
        ("", "a"),
        ("a", ""),
        ("same", "same"),
        ("to be", "to bee or not"),
        ("aaa", "aa"),
        ("one\ntwo\nthree\n", "two\nthree\none\n"),
        ("a😀b", "a😁b"),
        ("e\u0301", "é"),
        ("no end of line", "no end of line\n"),
        ("{\n}\n{\n}\n", "{\n}\n{\n\n}\n"),
    ]
    for old, new in known:
        yield {"old": old, "new": new, "operation": diff(old, new).to_wire()}
    for _ in range(150):
        lines = ["".join(random.choices(LETTERS, k=2)) + "\n" for _ in range(6)]
        old = "".join(random.choices(lines, k=random.randint(0, 8)))
        new = old
        for _ in range(random.randint(1, 3)):
            new = random_edit(random, len(new)).apply(new)
        yield {"old": old, "new": new, "operation": diff(old, new).to_wire()}


FILES: Final[dict[str, tuple[str, Callable[[Random], Iterator[Case]]]]] = {
    "apply.json": ("operation on text gives result", apply_cases),
    "compose.json": (
        "a (on text), then b, as one operation: composed, in components",
        compose_cases,
    ),
    "transform.json": (
        "a is committed, b is not, both on text; b_ follows a, a_ follows b; b's inserts go left",
        transform_cases,
    ),
    "invert.json": ("inverse takes operation back; text is the text before it", invert_cases),
    "index.json": (
        "an index of the old text, in code points, is at result after operation",
        index_cases,
    ),
    "diff.json": (
        "operation turns old into new; another implementation may find another one that does",
        diff_cases,
    ),
    "refused.json": (
        "input is no operation, or operation is not for text: error is the code to report",
        refused_cases,
    ),
    "client.json": (
        "a client begins at text and revision, then each step in turn: edit asks to send (null: "
        "nothing); receive takes a frame of changes up to revision as a whole, shows apply in "
        "order and asks to send; reject gives up what is unsaved and shows apply. At the end "
        "the confirmed text is confirmed, at revision_after",
        client_cases,
    ),
    "compact.json": (
        "operation has the compact form compact, and that is its only one; or input is no "
        "compact form: error is the code to report",
        compact_cases,
    ),
    "undo.json": (
        "an undo manager of that depth and group_seconds begins at text, then each step in turn: "
        "record notes an edit of one's own at a time in seconds, receive one of others, reject "
        "what takes back edits of one's own that were refused, reset what leads to another text; "
        "undo and redo ask for the operation to apply (null: none). At the end the text is result",
        undo_cases,
    ),
    "parts.json": (
        "operation on text, sent with at most so many components and frame_bytes, goes in parts; "
        "all of them composed are the operation",
        parts_cases,
    ),
    "dialogue.json": (
        "a client's conversation with a server, step by step: docs/protocol.md says what each is, "
        "and has the rules that are named here by their numbers",
        dialogue_cases,
    ),
}

BESIDES: Final[dict[str, Case]] = {"dialogue.json": {"client": CLIENT, "welcome": WELCOME}}
"""What a file holds besides its description and its cases."""


def files() -> dict[str, str]:
    """Return what each file must hold."""
    made: dict[str, str] = {}
    for name, (description, cases) in FILES.items():
        # A seed per file: a case more in one leaves the others as they are.
        lines = ",\n".join(
            json.dumps(case, separators=(",", ":")) for case in cases(Random(f"{SEED} {name}"))
        )
        head = json.dumps(
            {"description": description, **BESIDES.get(name, {})}, separators=(",", ":")
        )
        made[name] = f'{head[:-1]},"cases":[\n{lines}\n]}}\n'
    return made


if __name__ == "__main__":
    for name, body in files().items():
        (FOLDER / name).write_text(body, "ascii")
        print(f"{name}: {body.count(chr(10)) - 2} cases")
