"""``ot-server fsck``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from ot_server.admin.checking import Cut, Verdict, check, repair
from ot_server.cli.options import examples, quiet_option, with_settings
from ot_server.cli.output import count, plain, progress
from ot_server.cli.running import fail, with_store
from ot_server.settings import Settings
from ot_server.store.contract import Store

__all__ = ["fsck_command"]

Ask = Callable[[Verdict, Cut], bool]


@click.command(
    "fsck",
    short_help="Check sessions, and mend them.",
    epilog=examples(
        "ot-server fsck",
        "ot-server fsck -- -2fX8vJqGd1kPz0a",
        "ot-server fsck --repair",
        note="Exit code: 0 if all is sound, in the end; 1 if not.  An id that begins with a dash"
        " comes after two of them.",
    ),
)
@click.argument("session", required=False)
@click.option(
    "--repair", "mend", is_flag=True, help="Mend what can be; the server must be stopped."
)
@click.option("--yes", "-y", is_flag=True, help="Cut damaged logs without asking.")
@quiet_option
@with_settings
def fsck_command(
    settings: Settings, session: str | None, mend: bool, yes: bool, quiet: bool
) -> None:
    """Check SESSION, or all of them, and say what is wrong in plain words.

    The whole log is read: revisions without a gap, the chain, each operation on the text before
    it.  Snapshots, heads and what clients were told are compared with it.

    --repair deletes snapshots that are wrong, corrects what clients were told, and, after asking,
    cuts a log after its last sound line and begins a new epoch: what people typed after it is
    lost.  Copy the data folder first; a backup may have more.
    """

    def ask(verdict: Verdict, cut: Cut) -> bool:
        if yes or cut.lost == 0:
            return True
        empty = ": THE TEXT WILL BE EMPTY" if cut.revision == 0 else ""
        question = (
            f"Cut the log of {verdict.session_id} after revision {cut.revision}{empty}?"
            f"  What it had after that is lost for good: {count(cut.lost, 'revision')}."
        )
        return click.confirm(question)

    async def run(store: Store) -> bool:
        ids = [session] if session else [one.info.id for one in await store.all_sessions()]
        is_sound = True
        for session_id in ids:
            verdict = await _check(store, session_id, quiet)
            if verdict is None:
                if session:
                    fail(f"there is no session {session!r}")
                continue
            if verdict.findings and mend:
                verdict = await _mend(store, verdict, ask, quiet)
            is_sound = is_sound and not verdict.findings
        if not quiet:
            how = "sound" if is_sound else "NOT all sound"
            click.echo(f"{count(len(ids), 'session')}: {how}")
        return is_sound

    if not with_store(settings, run, alone=mend):
        sys.exit(1)


async def _check(store: Store, session_id: str, quiet: bool) -> Verdict | None:
    with progress(quiet) as advance:
        verdict = await check(store, session_id, lambda done, all_: advance(session_id, done, all_))
    if verdict is not None and verdict.findings:
        click.echo(f"{verdict.session_id} {plain(verdict.title)!r}:", err=True)
        for finding in verdict.findings:
            click.echo(f"  {plain(finding)}", err=True)
    return verdict


async def _mend(store: Store, verdict: Verdict, ask: Ask, quiet: bool) -> Verdict:
    """Mend what a check has found, and return what is left."""
    cut = verdict.cut
    may_cut = cut is not None and ask(verdict, cut)
    await repair(store, verdict, cut=may_cut)
    if not quiet and cut is not None:
        if may_cut:
            click.echo(f"  it ends at revision {cut.revision} now, in a new epoch")
        else:
            click.echo("  its log was left as it is: it can be read, not edited")
    with progress(quiet) as advance:
        id_ = verdict.session_id
        left = await check(store, id_, lambda done, all_: advance(id_, done, all_))
    assert left is not None, "nobody else works in the folder"
    if not quiet and not left.findings:
        click.echo("  mended")
    return left
