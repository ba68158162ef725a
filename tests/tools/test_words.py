"""`tools.words`: finds the words that are not to be written, wherever they stand."""

import subprocess
from pathlib import Path

import pytest

from tools.words import main, misplaced


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("All but for one.\n", [(1, "but for")]),
        ("x\nAll but\nfor one.\n", [(2, "but for")]),
        ("# all, but\n# for one\n", [(1, "but for")]),
        ("-- all, but\n-- for one\n", [(1, "but for")]),
        (" * all, but\n * for one\n", [(1, "but for")]),
        ("    // all, but\n    // for one\n", [(1, "but for")]),
        ("Whoever comes", [(1, "whoever")]),
        ("The how-manieth?  He himself.", [(1, "how-manieth"), (1, "himself")]),
        ("But format this, and rebut for him, butler for", []),
    ],
)
def test_a_word_is_found_with_its_line(text: str, found: list[tuple[int, str]]) -> None:
    assert list(misplaced(text)) == found


def test_each_place_is_said_with_what_to_write_instead(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "b.md").write_text("Fine.\n\nWhoever reads\n")
    (checkout / "a.py").write_text('"""All but for one."""\n')
    (checkout / "c.png").write_bytes(b"\xffwhoever")
    git(checkout, "add", ".")
    (checkout / "untracked.md").write_text("whoever")
    assert main(checkout) == 1
    assert capsys.readouterr().out.splitlines() == [
        'a.py:1: instead of "but for" write except, apart from',
        'b.md:3: instead of "whoever" write anybody who, somebody who, the person who',
    ]


def test_a_checkout_without_them_passes(checkout: Path) -> None:
    (checkout / "a.py").write_text("x = 1\n")
    git(checkout, "add", ".")
    assert main(checkout) == 0


def test_without_git_nothing_is_checked_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(tmp_path) == 0
    assert "nothing was checked" in capsys.readouterr().out
