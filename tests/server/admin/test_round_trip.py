"""What is exported as JSON and imported elsewhere is the same session, at every revision."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.server.props.data_folder import SESSION, DataFolder
from tests.strategies import TEXTS

WIRE_TEXTS = TEXTS.map(lambda text: text.replace("\r", "").replace("\0", ""))


@given(st.lists(WIRE_TEXTS, max_size=12))
@settings(max_examples=25)
def test_an_export_that_is_imported_has_the_same_text_at_every_revision_and_the_same_chain(
    texts: list[str],
) -> None:
    with TemporaryDirectory() as path:
        here, there = DataFolder(Path(path) / "here"), DataFolder(Path(path) / "there")
        here.add_session(texts, here.add_user("ada"))
        there.add_user("ada")
        files = Path(path) / "files"

        exported = here.run("export", "--all", str(files), "--format", "json")
        imported = there.run("import", str(files), "--owner", "ada")

        assert (exported.exit_code, imported.exit_code) == (0, 0), imported.output
        assert there.texts() == texts
        assert there.lines() == here.lines(), "authors, clients, times and chains too"
        epoch, *rest = there.standing()
        assert (epoch, rest) == (2, [*here.standing()[1:]]), "in a new epoch"
        assert there.run("fsck").exit_code == 0
        before = here.work(lambda store: store.session_rows(SESSION))
        after = there.work(lambda store: store.session_rows(SESSION))
        assert before is not None
        assert after is not None
        assert after.info == before.info
        assert (after.clients, after.versions) == (before.clients, before.versions)
        ann, bob = before.participants
        assert after.participants == [ann, structs.replace(bob, given=None)]
