"""The conversations of ``dialogue.json``: the machine has its part in them, and each rule one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.client.player import ALWAYS, Player, bare
from tests.vectors.load import FOLDER, load

PAGE: Final = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
FILE: Final = json.loads((FOLDER / "dialogue.json").read_text("ascii"))
CASES: Final = load("dialogue.json")
RULES: Final = [case for case in CASES if "rule" in case]

NOT_A_MACHINES: Final = {
    "7.4": "a fresh token is fetched and said by the socket",
    "10.3": "client ids are given out by the host",
    "12.7": "the limit of a frame is the WebSocket library's",
}


def rules_of(case: dict[str, Any]) -> list[str]:
    rule = case["rule"]
    return rule if isinstance(rule, list) else [rule]


@pytest.mark.parametrize("case", RULES, ids=lambda case: f"{case['rule']} {case['title']}")
def test_a_rule(case: dict[str, Any]) -> None:
    play(case)


def test_the_conversations_that_were_made_by_seed() -> None:
    for case in CASES:
        if "seed" in case:
            try:
                play(case)
            except AssertionError as error:
                error.add_note(f"seed {case['seed']}")
                raise


def play(case: dict[str, Any]) -> None:
    """Take every step, and compare what came of it."""
    player = Player(case, FILE["client"], FILE["welcome"])
    for place, step in enumerate(case["steps"]):
        came = player.take(step)
        for name, wanted in (ALWAYS | step).items():
            if name not in came:
                continue
            expected = [bare(one) for one in wanted] if name == "say" else wanted
            assert matches(name, came[name], expected), (
                f"step {place}, {step}: {name} is {came[name]!r}"
            )


def matches(name: str, came: Any, wanted: Any) -> bool:
    if name == "facts":
        came = {key: came[key] for key in wanted}
    elif name == "deadline" and wanted is not None:
        wanted = pytest.approx(wanted, abs=1e-6)
    return bool(came == wanted)


# --- each rule has one ------------------------------------------------------------------


def section(number: int) -> str:
    """Return a section of the page, by its number in the list at its top."""
    titles = re.findall(r"(\d+)\. \[(.*?)\]\(#", PAGE.split("\n## ", 1)[0])
    title = dict(titles)[str(number)]
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rules_of_the_page() -> set[str]:
    rules = {"2", "4"}
    for number in (5, 6, 7, 10, 12):
        numbered = re.findall(r"^(?:\| )?(\d+)(?:\.| \|) ", section(number), re.MULTILINE)
        assert [int(one) for one in numbered] == [*range(1, len(numbered) + 1)]
        rules |= {f"{number}.{one}" for one in numbered}
    for row in re.findall(r"^\| (`\w+`|\d[\d, ]*) \|", section(8), re.MULTILINE):
        rules |= {f"8.{code}" for code in re.findall(r"\w+", row)}
    return rules


def test_each_rule_of_the_page_has_a_conversation() -> None:
    on_the_page = rules_of_the_page()
    assert len(on_the_page) > 60
    written = {rule for case in RULES for rule in rules_of(case)}
    assert on_the_page - written == set(NOT_A_MACHINES)
    assert written <= on_the_page | {"6"}


def test_a_step_that_comes_out_differently_is_noticed() -> None:
    [case] = [case for case in RULES if case["title"] == "an update that comes twice is taken once"]
    steps = [dict(step) for step in case["steps"]]
    assert steps[2].pop("show")
    with pytest.raises(AssertionError, match="step 2"):
        play(case | {"steps": steps})
