"""`tools.quick`: a change runs the tests of its room, and of what names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.quick import ROOT, chosen, commands_for, parting

SERVER = "tests/server"


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["ot_server/store/sqlite/database.py"], [f"{SERVER}/store"]),
        (["ot_server/store/migrations/sqlite/0001.sql"], [f"{SERVER}/store"]),
        (["ot_server/settings.py"], [f"{SERVER}/test_settings.py"]),
        (["ot_server/socket.py"], [f"{SERVER}/socket"]),
        (["ot_core/compose.py"], ["tests/core"]),
        (["clients/js/src/engine/client.ts"], ["clients/js"]),
        (["tests/vectors/compose.json"], ["clients/js", "tests/client", "tests/core"]),
        (["docs/api.md"], ["docs/api.md", f"{SERVER}/http/test_api_document.py"]),
        (["tools/quick.py"], ["tests/tools"]),
        (["pyproject.toml", "benchmarks/run.py", "ot_server/web.py"], []),
        ([f"{SERVER}/log/test_history.py"], [f"{SERVER}/log/test_history.py"]),
        ([f"{SERVER}/log/test_history.py", "ot_server/log/line.py"], [f"{SERVER}/log"]),
        ([f"{SERVER}/http/test_that_was_removed.py"], []),
        (["tests/browser/conftest.py", "tests/simulation/loop.py"], []),
        (["tests/conftest.py", f"{SERVER}/conftest.py"], []),
        (["tests/client/conftest.py"], ["tests/client"]),
    ],
)
def test_a_change_runs_the_tests_of_its_room(changed: list[str], tests: list[str]) -> None:
    found = chosen(changed)
    assert [test for test in found if "test_quick" not in test] == tests


def test_what_tests_share_runs_those_that_name_it() -> None:
    assert f"{SERVER}/socket/test_slow_sockets.py" in chosen([f"{SERVER}/props/raw.py"])


def test_every_room_has_its_tests() -> None:
    rooms = [
        room.name for room in (ROOT / "ot_server").iterdir() if (room / "__init__.py").exists()
    ]
    assert rooms
    for room in rooms:
        assert chosen([f"ot_server/{room}/anything.py"]) == [f"{SERVER}/{room}"]


def test_each_kind_of_test_has_its_command() -> None:
    vitest, docs, pytest_ = commands_for(["clients/js", "docs/api.md", "tests/core"], "abc")
    assert vitest[:3] == ["npm", "exec", "--workspace=clients/js"]
    assert vitest[-1] == "--changed=abc"
    assert docs[-1] == "tools.check_docs"
    assert pytest_[-1] == "tests/core"
    assert "docs/api.md" not in pytest_
    assert commands_for([], "abc") == []


def test_a_branch_is_compared_with_where_it_left_main() -> None:
    assert parting()
    assert not Path(parting()).exists(), "a commit, no file"
