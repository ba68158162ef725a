"""``ot-server import`` of an exported session: who comes along, and what is not believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ot_server.access.roles import Action, is_allowed
from tests.server.props.data_folder import SESSION, DataFolder

TEXTS = ["a", "ab", "abc"]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder with a user, ada."""
    folder = DataFolder(tmp_path / "data")
    folder.add_user("ada")
    return folder


def listed(folder: DataFolder) -> dict[str, tuple[str, str]]:
    """Return (language, id) of each session by title."""
    sessions = json.loads(folder.run("sessions", "--json").stdout)
    return {session["title"]: (session["language"], session["id"]) for session in sessions}


def exported(folder: DataFolder) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(folder.run("export", SESSION, "--format", "json").stdout)
    return said


def restored(tmp_path: Path, said: object, *users: str) -> tuple[DataFolder, int, str]:
    """Import an export into a folder of its own; return it, the exit code and what was said."""
    there = DataFolder(tmp_path / "there")
    for user in ("ada", *users):
        there.add_user(user)
    path = tmp_path / "session.json"
    path.write_text(said if isinstance(said, str) else compact(said))
    result = there.run("import", str(path), "--owner", "ada")
    return there, result.exit_code, result.output


def compact(said: object) -> str:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def test_whoever_has_an_account_of_the_same_name_keeps_the_role_and_others_stay_by_name(
    folder: DataFolder, tmp_path: Path
) -> None:
    ben = folder.add_user("ben")
    folder.add_user("cleo")
    folder.add_session(TEXTS, ben)
    folder.run("grant", SESSION, "cleo", "viewer")
    folder.run("grant", SESSION, "ada", "editor")

    there, code, output = restored(tmp_path, exported(folder), "BEN")

    assert code == 0, output
    assert "without an account here, and so without a role: cleo" in output
    everybody = there.work(lambda store: store.participants(SESSION))
    assert [(who.name, who.user_id, role) for who, role in everybody] == [
        ("ben", "user-BEN", "owner"),
        ("Bob", None, None),
        ("cleo", None, None),
        ("ada", "user-ada", "owner"),
    ]
    assert not any(is_allowed(role, Action.READ) for who, role in everybody if not who.user_id)


def test_an_owner_who_was_no_member_becomes_one(folder: DataFolder, tmp_path: Path) -> None:
    folder.add_session(TEXTS)

    there, code, _ = restored(tmp_path, exported(folder))

    assert code == 0
    everybody = there.work(lambda store: store.participants(SESSION))
    assert [(who.name, who.ordinal, role) for who, role in everybody] == [
        ("Guest", 0, None),
        ("Bob", 1, None),
        ("ada", 2, "owner"),
    ]


def test_a_session_that_is_here_already_is_not_overwritten(
    folder: DataFolder, tmp_path: Path
) -> None:
    folder.add_session(TEXTS)
    path = tmp_path / "session.json"
    folder.run("export", SESSION, "--format", "json", "--output", str(path))
    before = folder.lines(), folder.standing()

    result = folder.run("import", str(path), "--owner", "ada")

    assert result.exit_code == 1
    assert f"session {SESSION} is here already" in result.stderr
    assert (folder.lines(), folder.standing()) == before


def set_operation(said: dict[str, Any]) -> None:
    said["operations"][1]["operation"] = [1, "?"]


def lose_line(said: dict[str, Any]) -> None:
    del said["operations"][1]


def lose_the_last_line(said: dict[str, Any]) -> None:
    del said["operations"][2]


def misfit(said: dict[str, Any]) -> None:
    said["operations"][1]["operation"] = [9, "?"]


def nonsense(said: dict[str, Any]) -> None:
    said["operations"][1]["operation"] = {"nested": [[[]]]}


def lose_participant(said: dict[str, Any]) -> None:
    del said["participants"][1]


def double_client(said: dict[str, Any]) -> None:
    said["clients"] *= 2


def name_the_future(said: dict[str, Any]) -> None:
    said["versions"][0]["revision"] = 4


def escape(said: dict[str, Any]) -> None:
    said["id"] = "../../etc"


def add_field(said: dict[str, Any]) -> None:
    said["role"] = "owner"


def newer(said: dict[str, Any]) -> None:
    said["format"] = "ot-collab session 2"


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (set_operation, "its log is not the one that was exported"),
        (lose_line, "its log is damaged: revision 3 comes after 1"),
        (lose_the_last_line, "its log is not the one that was exported"),
        (misfit, "its log is damaged: revision 2"),
        (nonsense, "its log is damaged: revision 2"),
        (lose_participant, "its participants are not those of its log"),
        (double_client, "a client is there twice"),
        (name_the_future, "it speaks of revisions after its head"),
        (escape, "at `$.id`"),
        (add_field, "unknown field `role`"),
        (newer, "only 'ot-collab session 1' can be read here"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_export_that_was_changed_is_refused_and_leaves_nothing(
    folder: DataFolder, tmp_path: Path, spoil: Any, wrong: str
) -> None:
    folder.add_session(TEXTS)
    said = exported(folder)
    spoil(said)

    there, code, output = restored(tmp_path, said)

    assert code == 1
    assert wrong in output
    assert listed(there) == {}


def test_an_export_that_was_cut_short_is_refused(folder: DataFolder, tmp_path: Path) -> None:
    folder.add_session(TEXTS)

    there, code, output = restored(tmp_path, compact(exported(folder))[:-40])

    assert code == 1
    assert "it is damaged" in output
    assert listed(there) == {}


def test_an_export_whose_text_is_too_large_here_is_refused(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add_session(["x" * 101])
    said = exported(folder)
    monkeypatch.setenv("OT_DOCUMENT_BYTES", "100")

    _, code, output = restored(tmp_path, said)

    assert code == 1
    assert "its text has more than 100 bytes" in output
