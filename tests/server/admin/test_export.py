"""``ot-server export``: what goes out, and what is left as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.server.props.data_folder import SESSION, DataFolder

TEXTS = ["a", "ab", "abc"]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder with a user, ada."""
    folder = DataFolder(tmp_path / "data")
    folder.add_user("ada")
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "files"
    path.mkdir()
    return path


def test_a_text_goes_to_standard_output_to_the_letter(folder: DataFolder) -> None:
    folder.add_session(["é\n😀"])

    result = folder.run("export", SESSION)

    assert (result.exit_code, result.stdout_bytes) == (0, "é\n😀".encode())


def test_a_file_is_written_whole_and_for_its_owner_only(folder: DataFolder, files: Path) -> None:
    folder.add_session(TEXTS)
    path = files / "out.py"

    assert folder.run("export", SESSION, "--output", str(path)).exit_code == 0

    assert path.read_text() == "abc"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(files) == ["out.py"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_fails_leaves_the_file_that_was_there(
    folder: DataFolder, files: Path, form: str
) -> None:
    path = files / "out"
    path.write_text("of great value")

    result = folder.run("export", "nothing", "--output", str(path), "--format", form)

    assert (result.exit_code, result.stderr) == (1, "Error: there is no session 'nothing'\n")
    assert path.read_text() == "of great value"
    assert os.listdir(files) == ["out"]


def test_all_sessions_go_to_files_that_are_called_by_their_titles(
    folder: DataFolder, files: Path
) -> None:
    folder.add_session(TEXTS)
    folder.add_session(["x"], session_id="other")
    folder.sql("UPDATE session_info SET title = '../../etc/passwd' WHERE id = 'other'")

    result = folder.run("export", "--all", str(files / "new" / "folder"))

    assert (result.exit_code, result.stdout) == (0, "exported 2 of 2 sessions\n")
    names = sorted(os.listdir(files / "new" / "folder"))
    assert names == ["_.._etc_passwd-other.py", f"fib-{SESSION}.py"]


def test_a_damaged_session_is_told_of_and_the_others_are_exported(
    folder: DataFolder, files: Path
) -> None:
    folder.add_session(TEXTS)
    folder.add_session(["x"], session_id="other")
    folder.sql("DELETE FROM operations WHERE session_id = ? AND revision = 2", SESSION)

    as_json = folder.run("export", "--all", str(files), "--format", "json")
    assert as_json.exit_code == 1
    assert as_json.stdout == "exported 1 of 2 sessions\n"
    assert f"Error: {SESSION} was not exported: " in as_json.stderr
    assert os.listdir(files) == ["fib-other.json"]

    as_text = folder.run("export", SESSION, "--output", str(files / "fib.py"))
    assert as_text.exit_code == 1
    assert "is damaged, and its newest text is not here" in as_text.stderr
    assert (files / "fib.py").read_text() == "a", "up to the last sound line"


@pytest.mark.parametrize("arguments", [[], [SESSION, "--all", "x"]])
def test_it_must_be_said_what_is_exported(folder: DataFolder, arguments: list[str]) -> None:
    result = folder.run("export", *arguments)

    assert result.exit_code == 2
    assert "say which session, or --all FOLDER" in result.stderr


def test_an_export_holds_no_secret(folder: DataFolder) -> None:
    ada = folder.work(lambda store: store.user_by_name("ada"))
    folder.add_session(TEXTS, ada)

    text = folder.run("export", SESSION, "--format", "json").stdout

    assert ada is not None
    assert "ada" in text
    assert ada.email not in text
    assert ada.id not in text
