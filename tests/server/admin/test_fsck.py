"""``ot-server fsck``: it finds every damage, says which it is, and what it mends opens again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ot_server.lock_file import locked
from ot_server.session.loading import load
from ot_server.store.rows import Snapshot
from ot_server.store.snapshot_body import pack
from tests.server.props.data_folder import SESSION, DataFolder

TEXTS = [f"{'x' * number}!" for number in range(1, 13)]
"""A text each of revisions 1 to 12."""

Damage = Callable[[DataFolder], None]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder with two sessions of twelve revisions, with snapshots at 4 and 8."""
    folder = DataFolder(tmp_path)
    folder.add_session(TEXTS, snapshots=[4, 8])
    folder.add_session(TEXTS, session_id="another", snapshots=[4, 8])
    return folder


def sql(statement: str, *parameters: object) -> Damage:
    return lambda folder: folder.sql(statement, *parameters)


def lose(*revisions: int) -> Damage:
    marks = ", ".join(map(str, revisions))
    return sql(f"DELETE FROM operations WHERE session_id = ? AND revision IN ({marks})", SESSION)


def alter(revision: int) -> Damage:
    return sql(
        "UPDATE operations SET operation = ? WHERE session_id = ? AND revision = ?",
        b'["altered"]',
        SESSION,
        revision,
    )


def keep(revision: int, body: bytes) -> Damage:
    return sql(
        "UPDATE snapshots SET body = ? WHERE session_id = ? AND revision = ?",
        body,
        SESSION,
        revision,
    )


def set_head(head: int) -> Damage:
    return sql("UPDATE sessions SET head = ? WHERE id = ?", head, SESSION)


LOG = {
    "the last row is missing": (lose(12), "revision 12 is missing", 11),
    "a row is missing": (lose(10), "revision 11 comes after 9", 9),
    "an operation was changed": (alter(9), "the chain breaks at revision 9", 8),
    "the head is too high": (set_head(15), "revision 13 is missing", 12),
    "the head is too low": (set_head(9), "the head should be 12, where the log ends, not 9", 12),
    "the head has another chain": (
        sql("UPDATE sessions SET chain = ? WHERE id = ?", b"?" * 16, SESSION),
        "the chain of the head, 12, is not what the log leads to",
        12,
    ),
}


@pytest.mark.parametrize("name", LOG)
def test_a_damaged_log_is_explained_and_cut_at_its_last_sound_line(
    folder: DataFolder, name: str
) -> None:
    damage, words, sound = LOG[name]
    damage(folder)

    found = folder.run("fsck")
    assert found.exit_code == 1
    assert found.stderr.startswith(f"{SESSION} 'fib.py':\n")
    assert words in found.stderr
    assert "another" not in found.stderr

    mended = folder.run("fsck", "--repair", "--yes")
    assert mended.exit_code == 0, mended.output
    assert f"it ends at revision {sound} now, in a new epoch" in mended.stdout
    assert folder.run("fsck").exit_code == 0
    epoch, head, _chain = folder.standing()
    assert (epoch, head) == (2, sound)
    assert opened(folder) == TEXTS[sound - 1]
    assert folder.standing("another")[:2] == (1, 12)


DERIVED = {
    "a snapshot is no snapshot": (keep(8, b"?"), "the snapshot at revision 8 can't be read"),
    "a snapshot is of another text": (
        keep(8, pack(Snapshot(8, "another text"))),
        "the snapshot at revision 8 is not the text that the log has there",
    ),
    "a snapshot has other authors": (
        keep(8, pack(Snapshot(8, TEXTS[7], b"[[9, 1]]"))),
        "the snapshot at revision 8 doesn't say who wrote what as the log does",
    ),
    "a snapshot is ahead of the head": (
        sql("INSERT INTO snapshots VALUES (?, ?, ?)", SESSION, 20, pack(Snapshot(20, "later"))),
        "the snapshot at revision 20 is of a revision that doesn't exist",
    ),
    "a block is another": (
        sql(
            "UPDATE blocks SET operation = ? WHERE session_id = ? AND revision = 8",
            b'[1, "?", 4]',
            SESSION,
        ),
        "the block of revisions 5 to 8 is not what the log makes",
    ),
    "a snapshot has authors that are none": (
        keep(8, pack(Snapshot(8, TEXTS[7], b"nonsense"))),
        "the snapshot at revision 8 doesn't say who wrote what as the log does",
    ),
    "a block is no operation": (
        sql("UPDATE blocks SET operation = ? WHERE session_id = ? AND revision = 4", b"?", SESSION),
        "the block of revisions 1 to 4 is not what the log makes",
    ),
    "a client's row is missing": (
        sql("DELETE FROM clients WHERE session_id = ? AND client_id = 'client-0'", SESSION),
        "client client-0 should know its edit 6 as revision 11",
    ),
    "a client's row is behind": (
        sql(
            "UPDATE clients SET last_seq = 4, last_revision = 7"
            " WHERE session_id = ? AND client_id = 'client-0'",
            SESSION,
        ),
        "client client-0 should know its edit 6 as revision 11",
    ),
    "a client's row is ahead": (
        sql(
            "UPDATE clients SET last_seq = 7, last_revision = 13"
            " WHERE session_id = ? AND client_id = 'client-0'",
            SESSION,
        ),
        "client client-0 was told that its edit 7 is revision 13, but the log doesn't have it",
    ),
}


@pytest.mark.parametrize("name", DERIVED)
def test_what_the_log_tells_is_mended_without_a_loss_and_without_a_question(
    folder: DataFolder, name: str
) -> None:
    damage, words = DERIVED[name]
    damage(folder)

    found = folder.run("fsck", SESSION)
    assert found.exit_code == 1
    assert words in found.stderr

    mended = folder.run("fsck", SESSION, "--repair")
    assert (mended.exit_code, mended.stdout) == (0, "  mended\n1 session: sound\n")
    assert folder.run("fsck").exit_code == 0
    assert folder.standing()[:2] == (1, 12)
    assert opened(folder) == TEXTS[-1]


def test_a_hole_below_a_snapshot_costs_history_and_not_the_text(folder: DataFolder) -> None:
    lose(6)(folder)

    mended = folder.run("fsck", SESSION, "--repair", "--yes")

    assert mended.exit_code == 1
    assert "only a backup has the history from 6 to 8" in mended.stderr
    assert folder.standing()[:2] == (1, 12), "nothing was cut"
    assert opened(folder) == TEXTS[-1]


def test_a_hole_below_a_snapshot_that_can_not_be_read_is_cut(folder: DataFolder) -> None:
    lose(6)(folder)
    keep(8, b"?")(folder)

    mended = folder.run("fsck", SESSION, "--repair", "--yes")

    assert mended.exit_code == 0, mended.output
    assert "the snapshot at revision 8 can't be read" in mended.stderr
    assert "the log is sound up to revision 5" in mended.stderr
    assert opened(folder) == TEXTS[4]


def test_an_edit_that_is_in_the_log_twice_is_told_of_and_left(folder: DataFolder) -> None:
    sql("UPDATE operations SET seq = 1 WHERE session_id = ? AND revision = 3", SESSION)(folder)

    mended = folder.run("fsck", SESSION, "--repair", "--yes")

    assert mended.exit_code == 1
    assert "edit 1 of client client-0 is at revision 3, after its edit 1" in mended.stderr
    assert folder.standing()[:2] == (1, 12)


def test_a_log_is_cut_only_if_the_answer_is_yes(folder: DataFolder) -> None:
    alter(10)(folder)

    refused = folder.run("fsck", "--repair", stdin="n\n")
    assert refused.exit_code == 1
    assert (
        f"Cut the log of {SESSION} after revision 9?"
        "  What it had after that is lost for good: 3 revisions." in refused.stdout
    )
    assert "its log was left as it is: it can be read, not edited" in refused.stdout
    assert len(folder.lines()) == 12

    assert folder.run("fsck", "--repair", stdin="").exit_code == 1, "nobody answered"
    assert len(folder.lines()) == 12

    assert folder.run("fsck", "--repair", stdin="y\n").exit_code == 0
    assert len(folder.lines()) == 9


def test_what_was_cut_counts_as_refused_so_that_clients_keep_it(folder: DataFolder) -> None:
    lose(11)(folder)

    folder.run("fsck", "--repair", "--yes")

    rows = folder.work(lambda store: store.session_rows(SESSION))
    assert rows is not None
    told = {row.client_id: (row.last_seq, row.last_revision, row.refusal) for row in rows.clients}
    assert told == {
        "client-0": (6, None, "unknown_revision"),
        "client-1": (6, None, "unknown_revision"),
    }


def test_a_session_without_a_sound_line_is_not_emptied_in_passing(folder: DataFolder) -> None:
    folder.sql("DELETE FROM snapshots WHERE session_id = ?", SESSION)
    alter(1)(folder)

    refused = folder.run("fsck", "--repair", stdin="n\n")

    assert "after revision 0: THE TEXT WILL BE EMPTY?" in refused.stdout
    assert len(folder.lines()) == 12


def test_checking_changes_nothing(folder: DataFolder) -> None:
    for damage in (alter(10), keep(8, b"?")):
        damage(folder)
    before = folder.lines(), folder.standing()

    assert folder.run("fsck").exit_code == 1
    assert folder.run("fsck", "--quiet").stdout == ""

    assert (folder.lines(), folder.standing()) == before
    assert folder.work(lambda store: store.snapshot_revisions(SESSION)) == [4, 8]


def test_a_repair_needs_the_folder_for_itself(folder: DataFolder) -> None:
    with locked(folder.path):
        refused = folder.run("fsck", "--repair")
        looked = folder.run("fsck")

    assert (refused.exit_code, looked.exit_code) == (1, 0)
    assert refused.stderr == f"Error: a server works in {str(folder.path)!r}: stop it first\n"


def test_a_session_that_is_not_there_is_an_error(folder: DataFolder) -> None:
    result = folder.run("fsck", "nothing")

    assert (result.exit_code, result.stderr) == (1, "Error: there is no session 'nothing'\n")


def opened(folder: DataFolder) -> str:
    """Return the text that the server would serve, for editing."""
    replica, corrupt = folder.work(lambda store: load(store, SESSION))
    assert corrupt is None
    return replica.document.text
