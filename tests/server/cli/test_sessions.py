"""``ot-server sessions``, ``bump-epoch``, ``migrate``, and what all do without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ot_server.lock_file import locked
from tests.server.props.data_folder import SESSION, DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def test_sessions_are_listed_with_owner_title_language_and_revisions(folder: DataFolder) -> None:
    folder.add_session(["a", "b"], folder.add_user("ada"))
    folder.add_session([], session_id="empty")

    result = folder.run("sessions")

    heading, *lines = [line.split() for line in result.stdout.splitlines()]
    assert heading == ["session", "owner", "title", "language", "revisions", "updated"]
    assert lines == [
        [SESSION, "ada", "fib.py", "python", "2", "1970-01-01", "00:16"],
        ["empty", "Guest", "fib.py", "python", "0", "1970-01-01", "00:00"],
    ]


def test_sessions_are_listed_for_programs(folder: DataFolder) -> None:
    folder.add_session(["a", "b"], folder.add_user("ada"))

    result = folder.run("sessions", "--json")

    assert json.loads(result.stdout) == [
        {
            "id": SESSION,
            "title": "fib.py",
            "language": "python",
            "visibility": "private",
            "owners": ["ada"],
            "revisions": 2,
            "epoch": 1,
            "created_at": "1970-01-01T00:00:01.250Z",
            "updated_at": "1970-01-01T00:16:41.062Z",
        }
    ]


def test_the_last_updated_comes_first(folder: DataFolder) -> None:
    for session_id in ("old", "new"):
        folder.add_session([], session_id=session_id)
    folder.sql("UPDATE session_info SET updated_at = 1000 WHERE id = 'new'")

    sessions = json.loads(folder.run("sessions", "--json").stdout)

    assert [session["id"] for session in sessions] == ["new", "old"]


def test_a_title_can_not_reach_for_the_terminal(folder: DataFolder) -> None:
    folder.add_session(["a"])
    folder.sql("UPDATE session_info SET title = ?", "\x9b31m[bold]evil\u202e")

    result = folder.run("sessions")

    assert "\x9b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "\N{REPLACEMENT CHARACTER}31m[bold]evil" in result.stdout


def test_a_title_that_is_long_is_printed_whole_where_there_is_no_terminal(
    folder: DataFolder,
) -> None:
    folder.add_session(["a"])
    folder.sql("UPDATE session_info SET title = ?", "long " * 40)

    assert ("long " * 40).strip() in folder.run("sessions").stdout


@pytest.mark.parametrize("everything", [True, False])
def test_an_epoch_begins_for_one_session_or_for_all(folder: DataFolder, everything: bool) -> None:
    for session_id in (SESSION, "another"):
        folder.add_session(["a", "b"], session_id=session_id)
    before = folder.standing()

    result = folder.run("bump-epoch", *(["--all"] if everything else [SESSION]))

    assert result.exit_code == 0, result.output
    assert f"{SESSION} is in epoch 2\n" in result.stdout
    assert folder.standing() == (2, *before[1:])
    assert folder.standing("another")[0] == (2 if everything else 1)


@pytest.mark.parametrize("arguments", [[], ["--all", SESSION]])
def test_it_must_be_said_whose_epoch_begins(folder: DataFolder, arguments: list[str]) -> None:
    folder.add_session(["a"])

    result = folder.run("bump-epoch", *arguments)

    assert result.exit_code == 2
    assert "say which session, or --all" in result.stderr


def test_an_epoch_begins_only_while_no_server_runs(folder: DataFolder) -> None:
    folder.add_session(["a"])

    with locked(folder.path):
        result = folder.run("bump-epoch", "--all")

    assert result.exit_code == 1
    assert "stop it first" in result.stderr
    assert folder.standing()[0] == 1


def test_a_session_that_is_not_there_has_no_epoch(folder: DataFolder) -> None:
    folder.add_session(["a"])

    result = folder.run("bump-epoch", "nothing")

    assert (result.exit_code, result.stderr) == (1, "Error: there is no session 'nothing'\n")


def test_the_tables_are_made_and_brought_up_to_date(folder: DataFolder) -> None:
    for _ in range(2):
        result = folder.run("migrate")
        assert result.exit_code == 0
        assert result.stdout == f"the tables in {str(folder.path)!r} are up to date\n"

    assert (folder.path / "ot.sqlite3").exists()
    assert folder.run("migrate", "--quiet").output == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["sessions"],
        ["export", "--all", "out"],
        ["grant", SESSION, "ada", "editor"],
        ["fsck"],
        ["fsck", "--repair"],
        ["bump-epoch", "--all"],
    ],
    ids=" ".join,
)
def test_a_folder_that_was_mistyped_is_not_made(folder: DataFolder, arguments: list[str]) -> None:
    result = folder.run(*arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: there is no database in {str(folder.path)!r}")
    assert not folder.path.exists()


def test_a_database_that_is_none_is_named(folder: DataFolder) -> None:
    folder.path.mkdir()
    (folder.path / "ot.sqlite3").write_bytes(b"something of great value" * 100)

    result = folder.run("sessions")

    assert result.exit_code == 1
    assert "can't be used: file is not a database" in result.stderr
    assert (folder.path / "ot.sqlite3").read_bytes() == b"something of great value" * 100


def test_every_command_has_a_help_with_examples(folder: DataFolder) -> None:
    overview = folder.run("--help").stdout
    commands = [
        *("serve", "create-user", "grant", "sessions", "export", "import"),
        *("fsck", "bump-epoch", "migrate"),
    ]
    for command in commands:
        result = folder.run(command, "--help")
        assert result.exit_code == 0
        assert f"    ot-server {command}" in result.stdout, "an example"
        assert f"  {command} " in overview
    assert "..." not in overview.partition("Commands:")[2], "no summary is cut short"
