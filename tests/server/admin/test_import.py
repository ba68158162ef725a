"""``ot-server import``: files become sessions, or are kept out by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.props.data_folder import DataFolder


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


def listed(folder: DataFolder) -> dict[str, tuple[str, str]]:
    """Return (language, id) of each session by title."""
    sessions = json.loads(folder.run("sessions", "--json").stdout)
    return {session["title"]: (session["language"], session["id"]) for session in sessions}


def test_a_folder_becomes_sessions_named_by_path_in_the_language_of_the_extension(
    folder: DataFolder, files: Path
) -> None:
    (files / "src" / ".git").mkdir(parents=True)
    (files / "src" / ".git" / "config").write_text("left out")
    (files / ".hidden.py").write_text("left out")
    (files / "link.py").symlink_to("main.py")
    for name in ("main.py", "src/app.ts", "src/Main.JAVA", "src/vec.hpp", "notes"):
        (files / name).write_text(f"this is {name}")

    result = folder.run("import", str(files), "--owner", "ada")

    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("imported 5 of 5 files for ada\n")
    sessions = listed(folder)
    assert {title: language for title, (language, _) in sessions.items()} == {
        "main.py": "python",
        "notes": "plain",
        "src/Main.JAVA": "java",
        "src/app.ts": "typescript",
        "src/vec.hpp": "cpp",
    }
    for title, (_, session_id) in sessions.items():
        assert folder.run("export", "--", session_id).stdout == f"this is {title}"
    user = folder.work(lambda store: store.user_by_name("ada"))
    assert user is not None
    mine = folder.work(lambda store: store.sessions_of(user.id, "", 50, None))
    assert {row.role for row in mine} == {"owner"}
    assert len(mine) == 5


def test_lines_end_as_on_the_wire_and_a_mark_of_utf_8_is_not_text(
    folder: DataFolder, files: Path
) -> None:
    (files / "a.py").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")

    folder.run("import", str(files / "a.py"), "--owner", "ada")

    ((_, session_id),) = listed(folder).values()
    assert folder.run("export", "--", session_id).stdout == "one\ntwo\nthree\n"


def test_what_is_no_text_is_refused_by_name_and_the_rest_goes_on(
    folder: DataFolder, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OT_DOCUMENT_BYTES", "100")
    (files / "a-binary.py").write_bytes(b"\x7fELF\0\0")
    (files / "b-latin.py").write_bytes("déjà".encode("latin-1"))
    (files / "c-large.py").write_bytes(b"x" * 101)
    (files / "d-wide.py").write_text("é" * 51)
    (files / "e-control\x1b[31m.py").write_text("x")
    (files / "f-good.py").write_text("x" * 100)

    result = folder.run("import", str(files), "--owner", "ada")

    assert result.exit_code == 1
    assert result.stdout.endswith("imported 1 of 6 files for ada\n")
    assert result.stderr.splitlines() == [
        f"Error: {files}/a-binary.py: it is binary, not text",
        f"Error: {files}/b-latin.py: it is not UTF-8: see byte 2",
        f"Error: {files}/c-large.py: its text has more than 100 bytes (OT_DOCUMENT_BYTES)",
        f"Error: {files}/d-wide.py: its text has more than 100 bytes (OT_DOCUMENT_BYTES)",
        f"Error: {files}/e-control\N{REPLACEMENT CHARACTER}[31m.py:"
        " a title has 1 to 200 characters, and no control characters",
    ]
    assert list(listed(folder)) == ["f-good.py"]


def test_a_file_that_can_not_be_read_is_refused_by_name_and_the_rest_goes_on(
    folder: DataFolder, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bad.py", "good.py"):
        (files / name).write_text("x")
    open_file = Path.open

    def fail(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "bad.py":
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", fail)
    result = folder.run("import", str(files), "--owner", "ada")

    assert result.exit_code == 1
    assert result.stderr == f"Error: {files}/bad.py: Permission denied\n"
    assert list(listed(folder)) == ["good.py"]


@pytest.mark.parametrize(
    ("arguments", "code", "wrong"),
    [
        (["nowhere", "--owner", "ada"], 2, "'nowhere' does not exist"),
        ([".", "--owner", "cleo"], 1, "nobody here is called 'cleo'"),
        (["."], 2, "Missing option '--owner'"),
    ],
)
def test_an_import_that_makes_no_sense_is_explained(
    folder: DataFolder,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    wrong: str,
) -> None:
    (files / "a.py").write_text("x")
    monkeypatch.chdir(files)

    result = folder.run("import", *arguments)

    assert result.exit_code == code
    assert wrong in result.stderr


def test_an_empty_folder_is_an_error(folder: DataFolder, files: Path) -> None:
    result = folder.run("import", str(files), "--owner", "ada")

    assert (result.exit_code, result.stderr) == (1, f"Error: there is no file in {str(files)!r}\n")


def test_json_that_is_no_export_is_a_text(folder: DataFolder, files: Path) -> None:
    (files / "package.json").write_text('{"format": "of somebody else"}')

    assert folder.run("import", str(files), "--owner", "ada").exit_code == 0

    ((_, session_id),) = listed(folder).values()
    assert folder.run("export", "--", session_id).stdout == '{"format": "of somebody else"}'
