"""`judge`: each row of its table, and what a client may hear of its edits after it."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec import json, structs

from ot_protocol.messages import PROTOCOL, Hello
from ot_server.session.replica import Replica
from ot_server.session.seqs import Seqs
from ot_server.session.welcome import Fresh, Reset, Resume, judge, place_of
from ot_server.store.rows import (
    ClientRow,
    CommittedOperation,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    Standing,
    extend_chain,
    first_chain,
)

EPOCH, HEAD = 7, 6
LAG = 4
CLIENT = ClientRow("c", "p")


def replica(start: int = 0) -> Replica:
    """Return a session of six letters, with history from revision `start` on."""
    chains, lines = [first_chain("s")], []
    for revision in range(1, HEAD + 1):
        operation = json.encode([*([revision - 1] if revision > 1 else []), "x"])
        chains.append(extend_chain(chains[-1], operation))
        lines.append(CommittedOperation(revision, "o", revision, "p", operation, chains[-1], 1.0))
    row = SessionRow("s", EPOCH, 1, HEAD, chains[-1])
    standing = Standing(row, SessionInfoRow("s", "Title", "plain", 1.0, 1.0), {}, {})
    held = Replica(standing, Snapshot(start, "x" * start), chains[start])
    held.extend(lines[start:])
    return held


def hello(revision: int, /, **changes: object) -> Hello:
    """Return what a client says that has been sent the log up to a revision."""
    chain = replica().chain_at(revision).hex()
    said = Hello(PROTOCOL, "c", epoch=EPOCH, revision=revision, chain=chain)
    return structs.replace(said, **changes)


OTHER_CHAIN = "0" * 32


@pytest.mark.parametrize("missing", ["epoch", "revision", "chain"])
def test_a_client_that_says_of_no_place_begins(missing: str) -> None:
    said = hello(5, **{missing: None})
    assert isinstance(judge(replica(), CLIENT, said, LAG), Fresh)


@pytest.mark.parametrize("revision", range(HEAD - LAG, HEAD + 1))
def test_a_client_whose_place_the_log_vouches_for_goes_on_from_there(revision: int) -> None:
    verdict = judge(replica(), CLIENT, hello(revision), LAG)
    assert isinstance(verdict, Resume)
    assert verdict.revision == revision


REASONS = {
    "an epoch that is over": ("lineage", hello(5, epoch=EPOCH - 1), 0),
    "an epoch that the node doesn't know": ("lineage", hello(5, epoch=EPOCH + 1), 0),
    "a revision that is yet to come": ("lineage", hello(5, revision=HEAD + 1), 0),
    "another chain at its revision": ("lineage", hello(5, chain=OTHER_CHAIN), 0),
    "another chain at the head": ("lineage", hello(HEAD, chain=OTHER_CHAIN), 0),
    "longer ago than the lag": ("history_trimmed", hello(HEAD - LAG - 1), 0),
    "so long ago that its chain isn't looked at": ("history_trimmed", hello(1, chain="00"), 0),
    "longer ago than what is held": ("history_trimmed", hello(3), 4),
}


@pytest.mark.parametrize(("reason", "said", "start"), REASONS.values(), ids=REASONS)
def test_a_client_that_can_t_go_on_starts_again(reason: str, said: Hello, start: int) -> None:
    verdict = judge(replica(start), CLIENT, said, LAG)
    assert isinstance(verdict, Reset)
    assert verdict.reason == reason


def test_a_client_is_where_history_begins() -> None:
    assert isinstance(judge(replica(4), CLIENT, hello(4), LAG), Resume)


@pytest.mark.parametrize(
    ("last_seq", "outstanding", "then"),
    [
        (3, None, None),
        (3, 3, None),  # the changes acknowledge it, or it was refused
        (3, 2, None),
        (3, 4, 4),
        (0, 1, 1),
    ],
)
def test_what_is_undecided_is_on_its_way_where_a_client_goes_on(
    last_seq: int, outstanding: int | None, then: int | None
) -> None:
    row = structs.replace(CLIENT, last_seq=last_seq)
    verdict = judge(replica(), row, hello(5, outstanding=outstanding), LAG)
    assert verdict.seqs.outstanding == then
    assert verdict.seqs.answered == last_seq


@pytest.mark.parametrize("said", [hello(5, chain=None), hello(1)], ids=["fresh", "reset"])
def test_nothing_is_on_its_way_where_a_client_does_not_go_on(said: Hello) -> None:
    row = structs.replace(CLIENT, last_seq=3)
    verdict = judge(replica(), row, structs.replace(said, outstanding=4, seq=6), LAG)
    assert verdict.seqs == Seqs(answered=4, used=6), "what it waited for is over"


def test_a_seq_that_a_client_was_told_is_spent_is_not_spent_again() -> None:
    """The store knows of no seq: a reset that is told next must go above what the client knows."""
    for said in (hello(5, seq=9), hello(5, seq=9, chain=None)):
        assert judge(replica(), CLIENT, said, LAG).seqs.reset().spent == 10


def test_the_law_of_seqs_holds_after_every_welcome() -> None:
    places = (hello(5), hello(5, chain=None), hello(0))
    for said, last_seq, seq, outstanding in product(places, range(4), range(4), [None, 1, 2, 3]):
        row = structs.replace(CLIENT, last_seq=last_seq)
        told = structs.replace(said, seq=seq, outstanding=outstanding)
        seqs = judge(replica(), row, told, LAG).seqs
        assert seqs.spent <= seqs.answered <= seqs.used
        assert seqs.outstanding is None or seqs.answered < seqs.outstanding <= seqs.used
        assert seqs.used == max(last_seq, seq, outstanding or 0)


def test_history_is_fetched_back_only_where_that_decides() -> None:
    held = replica()
    assert place_of(held, hello(HEAD - LAG), LAG) == HEAD - LAG
    assert place_of(held, hello(HEAD - LAG - 1), LAG) is None
    assert place_of(held, hello(5, revision=HEAD + 1), LAG) is None
    assert place_of(held, hello(5, epoch=EPOCH + 1), LAG) is None
    assert place_of(held, hello(5, chain=None), LAG) is None
