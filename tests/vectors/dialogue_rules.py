"""Conversations written by hand: one or more for each rule of ``docs/protocol.md``.

A rule is named by its section and its number, or its code, there.  What must come
of each step stands here as the page says it, and was not taken from any client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["CHAIN", "CLIENT", "WELCOME", "rules"]

Step = dict[str, Any]

CLIENT: Final = "c0c0c0c0-0000-4000-8000-000000000001"
OTHER_CLIENT: Final = "c0c0c0c0-0000-4000-8000-000000000002"
CHAIN: Final = "0" * 32
SESSION: Final = {
    "id": "s",
    "title": "notes",
    "language": "python",
    "lock": None,
    "run": True,
    "runs": 0,
}
ME: Final = {"id": "me", "name": "Me", "color": "#112233", "role": "editor", "kind": "guest"}
ADA: Final = {"id": "ada", "name": "Ada", "color": "#445566", "role": "owner", "kind": "user"}
BOB: Final = {"id": "bob", "name": "Bob", "color": "#778899", "role": "viewer", "kind": "guest"}

LIMITS: Final = {
    "frame_bytes": 1_048_576,
    "document_bytes": 1_048_576,
    "components": 10_000,
    "edits_per_second": 8,
    "edits_burst": 16,
    "presence_per_second": 4,
    "ping_seconds": 20,
    "run": True,
    "run_bytes": 65_536,
    "diagnostics": True,
}

WELCOME: Final = {
    "type": "welcome",
    "protocol": 1,
    "client": CLIENT,
    "connection": "mine",
    "participant": "me",
    "role": "editor",
    "session": SESSION,
    "participants": [ME, ADA],
    "limits": LIMITS,
    "last_seq": 0,
    "epoch": 1,
    "chain": CHAIN,
}

LOCK: Final = {"by": "ada", "reason": "writing", "until": "2030-01-01T00:00:00Z"}
PING: Final = {"type": "ping"}
PONG: Final = {"type": "pong"}


# What the two say.


def hello(**more: Any) -> Step:
    return {"type": "hello", "protocol": 1, "client": CLIENT, "token": "token", **more}


def back(revision: int, epoch: int = 1, chain: str = CHAIN, **more: Any) -> Step:
    """Return the hello of a client that comes back to a place."""
    return hello(epoch=epoch, revision=revision, chain=chain, **more)


def edit(seq: int, revision: int, op: list[Any], **more: Any) -> Step:
    return {"type": "edit", "seq": seq, "revision": revision, "op": op, **more}


def update(first: int, last: int, *changes: Step, chain: str = CHAIN) -> Step:
    return {"type": "update", "from": first, "to": last, "chain": chain, "changes": [*changes]}


def op(*components: Any, by: str | None = "ada") -> Step:
    return {"op": [*components]} | ({} if by is None else {"by": by})


def ack(seq: int) -> Step:
    return {"ack": seq}


def reject(seq: int, code: str) -> Step:
    return {"type": "reject", "seq": seq, "code": code, "message": "no"}


def reset(text: str, revision: int, last_seq: int = 0, reason: str = "diverged") -> Step:
    return {
        "type": "reset",
        "reason": reason,
        "epoch": 1,
        "revision": revision,
        "chain": CHAIN,
        "text": text,
        "last_seq": last_seq,
    }


def error(code: str, **more: Any) -> Step:
    return {"type": "error", "code": code, "message": "no", **more}


def presence(revision: int, **who: list[Step]) -> Step:
    return {"type": "presence", "revision": revision, "who": who}


def caret(*selections: tuple[int, int], by: str = "a", **more: Any) -> Step:
    """Return what a connection shows."""
    return {"connection": by, "selections": [[*one] for one in selections], **more}


# What happens, and what came of it.


def hear(message: Step, **came: Any) -> Step:
    return {"hear": message, **came}


def typed(*components: Any, **came: Any) -> Step:
    return {"edit": [*components], **came}


def connected(*said: Step) -> Step:
    return {"connected": "token", "say": [*said]}


def welcome(**fields: Any) -> Step:
    """Return the frame; what it doesn't say is as in the file's."""
    return {"type": "welcome", **fields}


def started(text: str) -> Step:
    """Return what is shown where a text begins."""
    return {"text": text, "cause": "reset"}


def opened(text: str, revision: int, **fields: Any) -> list[Step]:
    """Return how a client comes in that was never there."""
    show = [started(text)] if text else []
    first = welcome(text=text, revision=revision, **fields)
    return [
        connected(hello()),
        hear(first, show=show, tell=["session", "participants"], status="saved"),
    ]


def resumed(first: int, last: int, *changes: Step, **fields: Any) -> Step:
    return welcome(**{"from": first, "to": last, "changes": [*changes]}, **fields)


def taken_back(*components: Any) -> Step:
    return {"op": [*components], "cause": "refused"}


def offered(reason: str, text: str, *components: Any) -> Step:
    return {"unsaved": reason, "text": text, "op": [*components]}


def record(revision: int, outstanding: list[Any], **more: Any) -> Step:
    given = {"seq": 0, "sent": None, "offers": 0, "buffer": None} | more
    return {"epoch": 1, "revision": revision, "chain": CHAIN, "outstanding": outstanding, **given}


def rules() -> Iterator[dict[str, Any]]:
    """Yield all of them, in the order of the page."""
    for cases in (
        connecting,
        client,
        exchange,
        coming_back,
        presence_and_checks,
        refusals,
        close_codes,
        storing,
        small_print,
    ):
        for names, title, steps, *options in cases():
            more = options[0] if options else {}
            named = names if len(names := names.split()) > 1 else names[0]
            yield {"rule": named, "title": title, **more, "steps": steps}


Cases = Iterator[tuple[Any, ...]]


def connecting() -> Cases:
    yield (
        "2",
        "the first word is hello, the answer a text to start from",
        [
            {"at": 0, "say": [], "status": "connecting", "deadline": None},
            connected(hello()),
            hear(
                welcome(text="hi 😀", revision=7),
                show=[started("hi 😀")],
                tell=["session", "participants"],
                say=[],
                text="hi 😀",
                status="saved",
                facts={"title": "notes", "role": "editor", "runs": 0},
                participants={"ada": "Ada", "me": "Me"},
                deadline=None,
            ),
        ],
    )
    yield (
        "2",
        "the answer tells all that others show, in the text that it leads to",
        [
            connected(hello()),
            hear(
                welcome(
                    text="hello",
                    revision=7,
                    who={"ada": [caret((3, 99))], "me": [caret((1, 1), by="mine")]},
                ),
                show=[started("hello")],
                tell=["session", "participants", "presence"],
                others={"ada": [caret((3, 5))]},
            ),
            typed("oh ", 5, say=[edit(1, 7, ["oh ", 5])]),
            {"lost": 1006, "others": {"ada": [caret((6, 8))]}},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                resumed(
                    7,
                    8,
                    op(5, "!"),
                    who={"ada": [caret((6, 6)), caret((1, 1), by="b")]},
                ),
                show=[op(8, "!")],
                tell=["participants", "presence"],
                others={"ada": [caret((9, 9)), caret((4, 4), by="b")]},
                say=[edit(1, 7, ["oh ", 5])],
            ),
            {"lost": 1006},
            connected(back(8, outstanding=1, seq=1)),
            hear(resumed(8, 8), tell=["participants", "presence"], others={}),
        ],
    )
    yield (
        "2",
        "messages and fields of a later version are passed over",
        [
            connected(hello()),
            hear({"type": "novelty"}),
            *opened("hi", 7)[1:],
            hear({"type": "novelty", "field": 1}, say=[]),
            hear(
                update(7, 8, op("A", 2) | {"novelty": True}) | {"novelty": [1]},
                show=[op("A", 2)],
                text="Ahi",
            ),
        ],
    )
    yield (
        "2",
        "seqs go on above the last one that has been decided",
        [*opened("", 0, last_seq=41), typed("x", say=[edit(42, 0, ["x"])])],
    )


def client() -> Cases:
    yield (
        "4 5.1",
        "what is typed while one edit is outstanding follows as one edit",
        [
            *opened("hi", 3),
            typed(2, "!", say=[edit(1, 3, [2, "!"])], status="saving", text="hi!"),
            typed(3, "?", say=[]),
            typed(4, "😀", say=[], text="hi!?😀"),
            {"at": 1},
            hear(update(3, 4, ack(1)), say=[edit(2, 4, [3, "?😀"])], status="saving"),
            hear(update(4, 5, ack(2)), say=[], status="saved", text="hi!?😀"),
        ],
    )
    yield (
        "4",
        "what others do is moved past outstanding and buffer, and both past it",
        [
            *opened("abc", 3),
            typed("x", 3, say=[edit(1, 3, ["x", 3])]),
            typed(4, "y", say=[]),
            hear(update(3, 4, op(1, -1, "B", 1)), show=[op(2, -1, "B", 2)], text="xaBcy"),
            hear(update(4, 5, op("-", 3)), show=[op(1, "-", 4)], text="x-aBcy"),
            {"at": 1},
            hear(update(5, 6, ack(1)), say=[edit(2, 6, [5, "y"])]),
        ],
    )
    yield (
        "4",
        "where both insert at one place, what is not committed goes left",
        [
            *opened("ab", 3),
            typed(1, "x", 1, say=[edit(1, 3, [1, "x", 1])]),
            hear(update(3, 4, op(1, "y", 1)), show=[op(2, "y", 1)], text="axyb"),
            hear(update(4, 5, ack(1)), text="axyb"),
        ],
    )
    yield (
        "4",
        "there is nothing to edit before there is a text",
        [
            typed("x", raises="not_editable"),
            connected(hello()),
            typed("x", raises="not_editable", text=""),
        ],
    )
    yield (
        "4",
        "an edit that was not made for the text shown, or is none, is not made",
        [
            *opened("hi", 3),
            typed(3, "x", raises="length_mismatch", text="hi"),
            typed(2, "a\rb", raises="invalid_operation"),
            typed(2, "\0", raises="invalid_operation"),
            {"at": 0, "say": [], "status": "saved"},
        ],
    )


def exchange() -> Cases:
    yield (
        "5.1",
        "the next edit is sent when the last one was answered, whatever else comes",
        [
            *opened("hi", 3),
            typed(2, "a", say=[edit(1, 3, [2, "a"])]),
            typed(3, "b", say=[]),
            {"at": 4, "say": []},
            hear(update(3, 4, op("-", 2)), show=[op("-", 4)], say=[]),
            hear(PONG, say=[]),
            hear(update(4, 5, ack(1)), say=[edit(2, 5, [4, "b"])]),
        ],
    )
    yield (
        "5.2",
        "an update is taken as a whole: what an ack promotes is sent at its end, past the rest",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?", say=[]),
            {"at": 1},
            hear(
                update(7, 9, ack(1), op("oh ", 3)),
                show=[op("oh ", 4)],
                say=[edit(2, 9, [6, "?"])],
                text="oh hi!?",
            ),
        ],
    )
    yield (
        "5.2",
        "several changes are shown one after the other, with their authors",
        [
            *opened("hi", 7),
            hear(
                update(7, 12, op(2, "!"), op("oh ", 3, by="bob"), op(5, -1, "?", by=None)),
                show=[op(2, "!"), op("oh ", 3, by="bob"), op(5, -1, "?", by=None)],
                text="oh hi?",
            ),
        ],
    )
    yield (
        "5.2",
        "place and chain are kept for the way back",
        [
            *opened("hi", 7),
            hear(update(7, 9, op(2, "!"), chain="a" * 32), show=[op(2, "!")]),
            {"lost": 1006, "status": "offline"},
            connected(back(9, chain="a" * 32)),
        ],
    )
    yield (
        "5.3",
        "an update that comes twice is taken once",
        [
            *opened("hi", 7),
            hear(update(7, 8, op(2, "!")), show=[op(2, "!")]),
            hear(update(7, 8, op(2, "!")), text="hi!", say=[]),
            hear(update(8, 9, op(3, "?")), show=[op(3, "?")], text="hi!?"),
            hear(update(7, 8, op(2, "!")), text="hi!?"),
        ],
    )
    yield (
        "5.3 12.4",
        "an ack that comes once more takes no revision",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?", say=[]),
            {"at": 1},
            hear(update(7, 8, ack(1)), say=[edit(2, 8, [3, "?"])]),
            hear(update(8, 8, ack(1)), say=[], status="saving"),
            hear(update(8, 9, ack(2)), status="saved", text="hi!?"),
            hear(update(9, 9, ack(2)), status="saved", text="hi!?"),
        ],
    )
    yield (
        "5.4",
        "after a gap the client comes back with its place, and nothing is lost",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(
                update(8, 9, op("A", 3)),
                text="hi!",
                leave="out_of_step",
                status="offline",
                reason="out_of_step",
            ),
            {"lost": 1006, "status": "offline", "reason": "out_of_step", "text": "hi!"},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                resumed(7, 9, op("-", 2), op("A", 3), last_seq=0),
                show=[op("-", 3), op("A", 4)],
                tell=["participants"],
                say=[edit(1, 7, [2, "!"])],
                text="A-hi!",
            ),
        ],
    )
    yield (
        "5.4",
        "nothing more is taken on a connection that is to be dropped",
        [
            *opened("hi", 7),
            hear(update(8, 9, op("A", 3)), leave="out_of_step", say=[]),
            hear(update(7, 8, op("B", 2)), text="hi", leave="out_of_step"),
            hear(welcome(text="new", revision=9), text="hi", leave="out_of_step"),
            {"end": "left", "ended": "left", "leave": None},
        ],
    )
    yield (
        "5.5",
        "without an answer the same frame goes again, with a ping, though the operation has moved",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])], deadline=5),
            hear(update(7, 8, op("oh ", 2)), show=[op("oh ", 3)]),
            {"at": 4.5, "say": []},
            {"at": 5, "say": [edit(1, 7, [2, "!"]), PING], "deadline": 8},
            hear(PONG, say=[], deadline=10),
            {"at": 10, "say": [edit(1, 7, [2, "!"]), PING]},
            hear(update(8, 9, ack(1)), say=[], status="saved", text="oh hi!"),
        ],
    )
    yield (
        "5.6",
        "what can't be decided goes again after pauses that double up to ten seconds",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            *(
                step
                for at, pause, then in (
                    (0, 0.4, 1),
                    (1, 0.8, 3),
                    (3, 1.6, 6),
                    (6, 3.2, 10),
                    (10, 6.4, 17),
                    (17, 10, 27),
                )
                for step in (
                    hear(error("unavailable", seq=1), say=[], deadline=at + pause),
                    {"at": then, "say": [edit(1, 7, [2, "!"]), PING]},
                )
            ),
            hear(update(7, 8, ack(1)), say=[], status="saved"),
            {"at": 28},
            typed(3, "?", say=[edit(2, 8, [3, "?"])]),
            hear(error("unavailable", seq=2), say=[], deadline=28.4),
        ],
    )
    yield (
        "5.7",
        "what is rejected leaves the editor with what was typed after it, and is offered",
        [
            *opened("hi", 7),
            typed(2, "#", say=[edit(1, 7, [2, "#"])]),
            typed("after ", 3, say=[]),
            hear(update(7, 8, op("oh ", 2)), show=[op(6, "oh ", 3)], text="after oh hi#"),
            hear(
                reject(1, "forbidden"),
                show=[taken_back(-6, 5, -1)],
                tell=[offered("forbidden", "after \n#", "after ", 5, "#")],
                say=[],
                text="oh hi",
                status="saved",
            ),
            {"at": 1},
            typed(5, "!", say=[edit(2, 8, [5, "!"])]),
        ],
    )
    yield (
        "5.7",
        "a reject of any other seq is passed over",
        [
            *opened("hi", 7),
            hear(reject(1, "forbidden"), say=[]),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(reject(9, "forbidden"), say=[], text="hi!", status="saving"),
        ],
    )
    yield (
        "5.7",
        "deleted text comes back into the editor with a reject",
        [
            *opened("abc", 7),
            typed(1, -2, say=[edit(1, 7, [1, -2])]),
            hear(
                reject(1, "forbidden"),
                show=[taken_back(1, "bc")],
                tell=[offered("forbidden", "", 1, -2)],
                text="abc",
            ),
        ],
    )
    yield (
        "5.8",
        "a reset starts again from its text, offers what was unsaved, and spends seqs",
        [
            *opened("hi", 7),
            typed(2, " there", say=[edit(1, 7, [2, " there"])]),
            typed("oh ", 8, say=[]),
            hear(
                reset("hello", 9, last_seq=5),
                show=[started("hello")],
                tell=[offered("diverged", "oh \n there", "oh ", 1, " there", 4)],
                say=[],
                text="hello",
                status="saved",
            ),
            {"at": 1},
            typed(5, "!", say=[edit(6, 9, [5, "!"])]),
            hear(
                reset("hello", 9, last_seq=2),
                show=[started("hello")],
                tell=[offered("diverged", "!", 5, "!")],
            ),
            {"at": 2},
            typed(5, "?", say=[edit(7, 9, [5, "?"])]),
        ],
    )
    yield (
        "5.8",
        "a reset to the text that is shown shows nothing",
        [*opened("hi", 7), hear(reset("hi", 9), say=[], text="hi")],
    )
    yield (
        "5.9",
        "an ack of another seq is passed over where it takes no revision",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(update(7, 7, ack(9)), say=[], text="hi!", status="saving"),
            hear(update(7, 8, ack(1)), status="saved"),
        ],
    )
    for title, wrong in (
        ("of another seq", update(7, 8, ack(9))),
        ("twice in one update", update(7, 9, ack(1), ack(1))),
        ("of what is outstanding, without a revision", update(7, 7, ack(1))),
    ):
        yield (
            "5.9",
            f"an ack that can't be ({title}) makes the client take the text anew",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                hear(wrong, say=[], text="hi!", leave="diverged"),
                {"lost": 1006},
                connected(hello(seq=1)),
                hear(
                    welcome(text="hi!", revision=8, last_seq=1),
                    tell=["participants", offered("diverged", "!", 2, "!", 1)],
                    say=[],
                    text="hi!",
                    status="saved",
                ),
            ],
        )
    yield (
        "5.9",
        "an ack twice in one update doesn't acknowledge what was typed meanwhile",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?", say=[]),
            hear(update(7, 9, ack(1), ack(1)), say=[], text="hi!?", leave="diverged"),
        ],
    )
    yield (
        "5.9",
        "until there is a text anew the client comes back without a place, and then with one",
        [
            *opened("hi", 7),
            hear(update(7, 8, ack(1)), leave="diverged"),
            {"lost": 1006},
            connected(hello()),
            hear(PONG, leave="out_of_step"),
            {"lost": 1006},
            connected(hello()),
            hear(resumed(7, 7), tell=["participants"], leave="diverged"),
            {"lost": 1006},
            connected(hello()),
            hear(welcome(text="hi", revision=8), tell=["participants"]),
            {"lost": 1006},
            connected(back(8)),
        ],
    )
    yield (
        "5.9",
        "an ack while nothing is outstanding makes the client take the text anew",
        [
            *opened("hi", 7),
            hear(update(7, 8, ack(1)), leave="diverged"),
            {"lost": 1006},
            connected(hello()),
        ],
    )
    for title, wrong in (
        ("is not for the text", update(7, 8, op(99, "x"))),
        ("is no operation", update(7, 8, op(0))),
    ):
        yield (
            "5.9",
            f"a change that {title} makes the client take the text anew",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                hear(wrong, text="hi!", leave="diverged"),
                {"lost": 1006},
                connected(hello(seq=1)),
            ],
        )
    yield (
        "5.10",
        "edits and resends wait until the pace allows them",
        [
            *opened("hi", 7),
            typed(2, "a", say=[edit(1, 7, [2, "a"])]),
            hear(update(7, 8, ack(1)), say=[]),
            typed(3, "b", say=[], deadline=0.125),
            hear(update(8, 9, op("oh ", 3)), show=[op("oh ", 4)], say=[], deadline=0.125),
            {"at": 0.0625, "say": []},
            {"at": 0.125, "say": [edit(2, 9, [6, "b"])]},
        ],
    )


def coming_back() -> Cases:
    yield (
        "6",
        "edits made offline are kept, and sent on return, at the revision of then",
        [
            *opened("hi", 7),
            {"lost": 1006, "status": "offline"},
            typed(2, "!", say=[], text="hi!", status="offline"),
            typed(3, "?", say=[], text="hi!?"),
            {"at": 60, "say": [], "deadline": None},
            connected(back(7)),
            hear(
                resumed(7, 8, op("oh ", 2)),
                show=[op("oh ", 4)],
                tell=["participants"],
                say=[edit(1, 8, [5, "!"])],
                status="saving",
            ),
            {"at": 61},
            hear(update(8, 9, ack(1)), say=[edit(2, 9, [6, "?"])]),
        ],
    )
    yield (
        "6.1",
        "what was committed unheard is acknowledged in its place, and what follows is sent",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?", say=[]),
            {"lost": 1006},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                resumed(7, 9, ack(1), op("A", 3), last_seq=1),
                show=[op("A", 4)],
                tell=["participants"],
                say=[edit(2, 9, [4, "?"])],
                text="Ahi!?",
            ),
        ],
    )
    yield (
        "6.2",
        "what was not decided is sent again as it was, with its old revision",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(update(7, 8, op("oh ", 2)), show=[op("oh ", 3)]),
            {"lost": 1001},
            typed(6, "?", say=[]),
            {"at": 1},
            connected(back(8, outstanding=1, seq=1)),
            hear(
                resumed(8, 9, op("A", 5)),
                show=[op("A", 7)],
                tell=["participants"],
                say=[edit(1, 7, [2, "!"])],
                text="Aoh hi!?",
            ),
        ],
    )
    yield (
        "6.3",
        "what was refused unheard is sent under a new seq, and the answer says why",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed("oh ", 3, say=[]),
            {"lost": 1006},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                resumed(7, 7, last_seq=1),
                tell=["participants"],
                say=[edit(2, 7, [2, "!"])],
                text="oh hi!",
                status="saving",
            ),
            {"at": 2},
            hear(
                reject(2, "invalid_operation"),
                show=[taken_back(5, -1)],
                tell=[offered("invalid_operation", "!", 5, "!")],
                say=[edit(3, 7, ["oh ", 2])],
                text="oh hi",
            ),
        ],
    )
    yield (
        "6.4 5.8",
        "what was acknowledged and is not in the backup is offered, and once is enough",
        [
            *opened("one\nthree\n", 7),
            {"lost": 1006},
            typed(10, "!", say=[]),
            {"at": 1},
            connected(back(7)),
            hear(
                welcome(text="one\n", revision=3, epoch=2, reset="lineage"),
                show=[started("one\n")],
                tell=[
                    "participants",
                    offered("restored", "three\n", 4, "three\n"),
                    offered("lineage", "!", 4, "!"),
                ],
                say=[],
                offers=[[4, "three\n"], [4, "!"]],
            ),
            hear(
                update(3, 4, {"op": [4, "three\n"], "by": "ada"}),
                show=[{"op": [4, "three\n"], "by": "ada"}],
                offers=[[10], [4, "!", 6]],
            ),
            typed(4, "!", 6, offers=[[4, "three\n", 7], [11]]),
            typed(4, -1, 6, offers=[[10], [4, "!", 6]]),
        ],
    )
    for reason in ("lineage", "diverged", "history_trimmed"):
        yield (
            "6.4",
            f"where the server can't go on from there ({reason}) the client starts from the text",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                {"lost": 1006},
                connected(back(7, outstanding=1, seq=1)),
                hear(
                    welcome(text="new", revision=3, epoch=2, reset=reason, last_seq=5),
                    show=[started("new")],
                    tell=[
                        "participants",
                        *([offered("restored", "hi", -3, "hi")] if reason == "lineage" else []),
                        offered(reason, "!", "!", 3),
                    ],
                    say=[],
                    text="new",
                ),
                {"at": 1},
                typed(3, "?", say=[edit(6, 3, [3, "?"])]),
                {"lost": 1006},
                connected(back(3, epoch=2, outstanding=6, seq=6)),
            ],
        )
    for first, last in ((6, 9), (8, 9), (5, 6)):
        yield (
            "6.5",
            f"changes from {first} are not for a client at 7: it takes the text anew",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                {"lost": 1006},
                connected(back(7, outstanding=1, seq=1)),
                hear(
                    resumed(first, last, op("A", 2)),
                    tell=["participants"],
                    text="hi!",
                    leave="diverged",
                ),
                {"lost": 1006},
                connected(hello(seq=1)),
            ],
        )


def presence_and_checks() -> Cases:
    carets = {"type": "presence", "revision": 7}
    yield (
        "7.1",
        "carets are told while all is saved, in pace, and again on a new connection",
        [
            *opened("hello", 7),
            {"select": [[0, 0]], "say": [carets | {"selections": [[0, 0]]}]},
            {"select": [[1, 1]], "say": [], "deadline": 0.25},
            {"select": [[2, 4], [5, 5]], "say": []},
            {"at": 0.25, "say": [carets | {"selections": [[2, 4], [5, 5]]}], "deadline": None},
            {"lost": 1006},
            connected(back(7)),
            hear(
                resumed(7, 7),
                tell=["participants"],
                say=[],
            ),
            {"at": 0.5, "say": [carets | {"selections": [[2, 4], [5, 5]]}]},
        ],
    )
    yield (
        "7.1",
        "an edit takes the carets along, and they count as typing, which then ends",
        [
            *opened("hello", 7),
            typed(5, "!"),
            {"select": [[6, 6]], "say": [edit(1, 7, [5, "!"], selections=[[6, 6]])]},
            hear(update(7, 8, ack(1)), say=[], deadline=2),
            {"at": 1.5, "say": []},
            {
                "at": 2,
                "say": [
                    {"type": "presence", "revision": 8, "selections": [[6, 6]]},
                    {"type": "verify", "revision": 8, "crc32": 2_592_524_640},
                ],
            },
        ],
    )
    yield (
        "7.1",
        "somebody who moves a caret may say that they type, which ends in pace",
        [
            *opened("hello", 7),
            {
                "select": [[0, 0]],
                "typing": True,
                "say": [carets | {"selections": [[0, 0]], "typing": True}],
                "deadline": 2,
            },
            {"at": 1.9},
            {
                "select": [[1, 1]],
                "say": [carets | {"selections": [[1, 1]], "typing": True}],
                "deadline": 2.15,
            },
            {"at": 2, "say": []},
            {"at": 2.15, "say": [carets | {"selections": [[1, 1]]}], "deadline": None},
        ],
    )
    yield (
        "7.1",
        "the first 64 selections are told",
        [
            *opened("h" * 70, 7),
            {
                "select": [[at, at] for at in range(70)],
                "say": [carets | {"selections": [[at, at] for at in range(64)]}],
            },
        ],
    )
    yield (
        "7.1",
        "carets that follow what is not sent yet wait, and are told where they are then",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?"),
            {"select": [[4, 4]], "say": []},
            {"at": 1},
            hear(
                update(7, 9, ack(1), op("oh ", 3)),
                show=[op("oh ", 4)],
                say=[edit(2, 9, [6, "?"], selections=[[7, 7]])],
            ),
        ],
    )
    yield (
        "7.1",
        "data are told beside the carets, in pace, until they are others or none",
        [
            *opened("hello", 7),
            {
                "select": [[0, 0]],
                "data": {"tool": ["pen", 2]},
                "say": [carets | {"selections": [[0, 0]], "data": {"tool": ["pen", 2]}}],
            },
            {"select": [[1, 1]], "say": [], "deadline": 0.25},
            {
                "at": 0.25,
                "say": [carets | {"selections": [[1, 1]], "data": {"tool": ["pen", 2]}}],
            },
            {"at": 1},
            {"select": None, "data": 7, "say": [carets | {"selections": [[1, 1]], "data": 7}]},
            {"at": 2},
            {"select": None, "data": None, "say": [carets | {"selections": [[1, 1]]}]},
        ],
    )
    yield (
        "7.1",
        "data may be told without a caret",
        [
            *opened("hello", 7),
            {"select": None, "data": "away", "say": [carets | {"selections": [], "data": "away"}]},
            typed(5, "!", say=[edit(1, 7, [5, "!"])]),
        ],
    )
    yield (
        "7.1",
        "an edit doesn't take data along: what a new connection was not told of them follows",
        [
            *opened("hello", 7),
            {
                "select": [[0, 0]],
                "data": "pen",
                "say": [carets | {"selections": [[0, 0]], "data": "pen"}],
            },
            {"at": 1},
            typed("A", 5, say=[edit(1, 7, ["A", 5], selections=[[0, 0]])]),
            hear(update(7, 8, ack(1)), say=[]),
            {"lost": 1006},
            {"at": 2},
            typed("B", 6),
            connected(back(8, seq=1)),
            hear(
                resumed(8, 8, last_seq=1),
                tell=["participants"],
                say=[edit(2, 8, ["B", 6], selections=[[0, 0]])],
            ),
            hear(
                update(8, 9, ack(2)),
                say=[
                    {
                        "type": "presence",
                        "revision": 9,
                        "selections": [[0, 0]],
                        "typing": True,
                        "data": "pen",
                    }
                ],
            ),
        ],
    )
    yield (
        "7.1",
        "data of more than 1,024 bytes are refused, and nothing changes",
        [
            *opened("hello", 7),
            {
                "select": [[1, 1]],
                "data": "é" * 511,
                "say": [carets | {"selections": [[1, 1]], "data": "é" * 511}],
            },
            {"at": 1},
            {"select": [[2, 2]], "data": "é" * 511 + "e", "raises": "too_large", "say": []},
            {"select": [[3, 3]], "say": [carets | {"selections": [[3, 3]], "data": "é" * 511}]},
        ],
    )
    yield (
        "7.1",
        "a program that has no carets tells none",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(update(7, 8, ack(1)), say=[]),
            {"at": 1.5, "say": []},
        ],
    )
    yield (
        "7.2",
        "a text that has come to rest is verified, every ten seconds at most",
        [
            *opened("", 7),
            hear(update(7, 8, op("é😀")), show=[op("é😀")], say=[], deadline=2),
            {"at": 1, "say": []},
            hear(update(8, 9, op(2, "!")), show=[op(2, "!")], say=[], deadline=3),
            {"at": 3, "say": [{"type": "verify", "revision": 9, "crc32": 2_004_343_484}]},
            {"at": 4},
            hear(update(9, 10, op(3, "?")), show=[op(3, "?")], say=[], deadline=13),
            {"at": 13, "say": [{"type": "verify", "revision": 10, "crc32": 2_797_882_061}]},
            {"at": 60, "say": [], "deadline": None},
        ],
    )
    yield (
        "7.2",
        "a text that is not confirmed is not verified",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"at": 4.5, "say": []},
        ],
    )
    yield (
        "7.3 12.6",
        "where nothing comes for the time between pings the client pings, and gives up after three",
        [
            *opened("hi", 7),
            {"at": 19, "say": [], "deadline": 20},
            {"at": 20, "say": [PING], "deadline": 40},
            {"at": 21},
            hear(PONG, say=[], deadline=41),
            {"at": 41, "say": [PING], "deadline": 61},
            {"at": 61, "say": [PING], "deadline": 81},
            {"at": 81, "say": [], "leave": "silence"},
            {"lost": 1006, "status": "offline"},
            connected(back(7)),
        ],
        {"pings": True},
    )
    yield (
        "7.5",
        "others' carets are moved past what is unconfirmed, and past what follows",
        [
            *opened("hello", 7),
            typed("oh ", 5, say=[edit(1, 7, ["oh ", 5])]),
            hear(
                presence(7, ada=[caret((1, 5), typing=True)]),
                tell=["presence"],
                others={"ada": [caret((4, 8), typing=True)]},
            ),
            typed(-3, 5, say=[], others={"ada": [caret((1, 5), typing=True)]}),
            hear(
                update(7, 8, op("A", 5)),
                show=[op("A", 5)],
                others={"ada": [caret((2, 6), typing=True)]},
            ),
        ],
    )
    yield (
        "7.5",
        "offsets beyond the end are moved to it, an empty list ends all",
        [
            *opened("hello", 7),
            hear(
                presence(7, ada=[caret((3, 99), typing=False)]),
                tell=["presence"],
                others={"ada": [caret((3, 5))]},
            ),
            hear(presence(7, ada=[]), tell=["presence"], others={}),
        ],
    )
    yield (
        "7.5",
        "each connection of a participant has its carets; what is told takes the place of all",
        [
            *opened("hello", 7),
            hear(
                presence(7, ada=[caret((3, 3)), caret((5, 1), by="b", data={"is": ["any", 1]})]),
                tell=["presence"],
                others={"ada": [caret((3, 3)), caret((5, 1), by="b", data={"is": ["any", 1]})]},
            ),
            hear(
                presence(7, ada=[caret((3, 3)), caret((2, 2), by="b")]),
                tell=["presence"],
                others={"ada": [caret((3, 3)), caret((2, 2), by="b")]},
            ),
            hear(
                presence(7, ada=[caret((3, 3))]),
                tell=["presence"],
                others={"ada": [caret((3, 3))]},
            ),
            hear(presence(7, ada=[caret((3, 3))]), others={"ada": [caret((3, 3))]}),
        ],
    )
    yield (
        "7.5",
        "one's own connection is passed over, and one's others are shown",
        [
            *opened("hello", 7),
            hear(presence(7, me=[caret((1, 1), by="mine")]), others={}),
            hear(
                presence(7, me=[caret((2, 2), by="mine"), caret((3, 3), by="tab")]),
                tell=["presence"],
                others={"me": [caret((3, 3), by="tab")]},
            ),
            hear(presence(7, me=[caret((5, 5), by="mine"), caret((3, 3), by="tab")])),
            hear(
                presence(7, ada=[caret((4, 4))]),
                tell=["presence"],
                others={"ada": [caret((4, 4))], "me": [caret((3, 3), by="tab")]},
            ),
            hear(
                presence(7, me=[caret((5, 5), by="mine")]),
                tell=["presence"],
                others={"ada": [caret((4, 4))]},
            ),
        ],
    )
    yield (
        "7.5",
        "carets of a revision that is over come too late, those of one that was not told too soon",
        [
            *opened("hello", 7),
            hear(update(7, 8, op("A", 5)), show=[op("A", 5)]),
            hear(presence(7, ada=[caret((1, 1))]), others={}),
            hear(presence(9, ada=[caret((1, 1))]), leave="out_of_step"),
        ],
    )
    yield (
        "7.6",
        "people come, go and are renamed; who leaves takes their carets along",
        [
            *opened("hello", 7),
            hear(
                {"type": "participants", "joined": [BOB]},
                tell=["participants"],
                participants={"ada": "Ada", "bob": "Bob", "me": "Me"},
            ),
            hear(
                presence(7, ada=[caret((1, 1))], bob=[caret((2, 2), by="b")]),
                tell=["presence"],
            ),
            hear(
                {"type": "participants", "left": ["ada"], "changed": [BOB | {"name": "Rob"}]},
                tell=["participants"],
                participants={"bob": "Rob", "me": "Me"},
                others={"bob": [caret((2, 2), by="b")]},
            ),
            hear({"type": "participants", "joined": [BOB]}, tell=["participants"], others={}),
        ],
    )
    for field, value in (
        ("title", "plans"),
        ("language", "go"),
        ("run", False),
        ("runs", 3),
        ("lock", LOCK),
        ("role", "viewer"),
    ):
        yield (
            "7.7",
            f"what becomes of the session's {field} is known from then on",
            [
                *opened("", 7),
                hear(
                    {"type": "session", field: value},
                    tell=["session"],
                    facts={field: value},
                ),
                hear({"type": "session", field: value}, facts={field: value}),
                hear(
                    {"type": "session", "title": "more"},
                    tell=["session"],
                    facts={"title": "more"} if field == "title" else {field: value},
                ),
            ],
        )
    yield (
        "7.7",
        "what became of the session meanwhile is told with the welcome",
        [
            *opened("", 7),
            {"lost": 1006},
            connected(back(7)),
            hear(
                resumed(7, 7, session=SESSION | {"runs": 2, "title": "plans"}),
                tell=["session", "participants"],
                facts={"runs": 2, "title": "plans"},
            ),
            hear({"type": "session", "expires": "2030-01-01T00:00:00Z"}),
            {"lost": 1006},
            connected(back(7)),
            hear(
                resumed(
                    7,
                    7,
                    session=SESSION | {"runs": 2, "title": "plans"},
                    limits=LIMITS | {"ping_seconds": 5},
                ),
                tell=["session", "participants"],
            ),
        ],
    )
    fix = {"message": "Mend it", "edits": [{"start": 5, "stop": 8, "text": "good"}]}
    found = {"start": 5, "stop": 8, "severity": "warning", "code": "W1", "message": "look"}

    def diagnostics(revision: int, *items: Step) -> Step:
        return {"type": "diagnostics", "revision": revision, "items": [*items]}

    moved_fix = {"message": "Mend it", "edits": [{"start": 10, "stop": 13, "text": "good"}]}
    yield (
        "7.8",
        "diagnostics are moved past what is unconfirmed, and past what follows",
        [
            *opened("some bad code", 7),
            typed("oh, ", 13, say=[edit(1, 7, ["oh, ", 13])]),
            hear(
                diagnostics(7, found | {"fix": fix}, found | {"start": 13, "stop": 13}),
                tell=["diagnostics"],
            ),
            hear(
                update(7, 8, op("!", 13)),
                show=[op(4, "!", 13)],
                diagnostics=[
                    found | {"start": 10, "stop": 13, "fix": moved_fix},
                    found | {"start": 18, "stop": 18},
                ],
            ),
            typed(
                11,
                "-",
                7,
                say=[],
                diagnostics=[
                    found | {"start": 10, "stop": 14},
                    found | {"start": 19, "stop": 19},
                ],
            ),
            typed(10, -4, 5, say=[], diagnostics=[found | {"start": 15, "stop": 15}]),
            hear(diagnostics(8), tell=["diagnostics"], diagnostics=[]),
        ],
    )
    yield (
        "7.8",
        "a place beyond the end is moved to it by the next change",
        [
            *opened("hi", 7),
            hear(diagnostics(7, found | {"start": 99, "stop": 99}), tell=["diagnostics"]),
            typed(2, "!", diagnostics=[found | {"start": 2, "stop": 2}]),
        ],
    )
    yield (
        "7.8",
        "diagnostics of a revision that is over come too late, those of one not told too soon",
        [
            *opened("some bad code", 7),
            hear(update(7, 8, op("!", 13)), show=[op("!", 13)]),
            hear(diagnostics(7, found), diagnostics=[]),
            hear(diagnostics(9, found), leave="out_of_step"),
        ],
    )


def refusals() -> Cases:
    yield (
        "8.invalid_operation 5.7",
        "what is no operation is offered alone, and what was typed after it is sent",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(-1, "H", 2, say=[]),
            {"at": 1},
            hear(
                reject(1, "invalid_operation"),
                show=[taken_back(2, -1)],
                tell=[offered("invalid_operation", "!", 2, "!")],
                say=[edit(2, 7, [-1, "H", 1])],
                text="Hi",
            ),
        ],
    )
    yield (
        "5.7",
        "what was typed into an edit that is refused stays, where that was",
        [
            *opened("hi", 7),
            typed(1, "ABC", 1, say=[edit(1, 7, [1, "ABC", 1])]),
            typed(2, "x", 3, say=[]),
            {"at": 1},
            hear(
                reject(1, "invalid_operation"),
                show=[taken_back(1, -1, 1, -2, 1)],
                tell=[offered("invalid_operation", "ABC", 1, "ABC", 2)],
                say=[edit(2, 7, [1, "x", 1])],
                text="hxi",
            ),
        ],
    )
    yield (
        "8.forbidden 5.7",
        "where one may not edit any more all that is unconfirmed is offered at once",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed("oh ", 3, say=[]),
            {"at": 1},
            hear(
                reject(1, "forbidden"),
                show=[taken_back(-3, 2, -1)],
                tell=[offered("forbidden", "oh \n!", "oh ", 2, "!")],
                say=[],
                status="saved",
            ),
            typed(2, "?", say=[edit(2, 7, [2, "?"])]),
        ],
    )
    small = {**LIMITS, "document_bytes": 11}
    yield (
        "8.too_large 5.7",
        "of an edit that makes the text too large, what fits is sent",
        [
            *opened("xxxxxx", 7, limits=small),
            {"lost": 1006},
            typed(2, "ab", 4, "c", say=[]),
            {"at": 1},
            connected(back(7)),
            hear(
                resumed(7, 8, {"op": [6, "éx"]}, limits=small),
                show=[{"op": [9, "éx"]}],
                tell=["participants"],
                say=[edit(1, 8, [2, "ab", 4, "c", 2])],
                text="xxabxxxxcéx",
            ),
            {"at": 2},
            hear(
                reject(1, "too_large"),
                show=[taken_back(2, -2, 7)],
                tell=[offered("too_large", "ab", 2, "ab", 7)],
                say=[edit(2, 8, [6, "c", 2])],
                text="xxxxxxcéx",
            ),
        ],
    )
    yield (
        "8.too_large 5.7",
        "where all fits, as the text has become shorter, it is sent once more",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"at": 1},
            hear(reject(1, "too_large"), say=[edit(2, 7, [2, "!"])], text="hi!"),
            {"at": 2},
            hear(
                reject(2, "too_large"),
                show=[taken_back(2, -1)],
                tell=[offered("too_large", "!", 2, "!")],
                say=[],
            ),
        ],
    )
    yield (
        "8.too_large 5.7",
        "each edit is sent once more, and carets that it took along are told anew",
        [
            *opened("hi", 7),
            typed(2, "!"),
            {"select": [[3, 3]], "say": [edit(1, 7, [2, "!"], selections=[[3, 3]])]},
            {"at": 0.5},
            hear(reject(1, "too_large"), say=[edit(2, 7, [2, "!"], selections=[[3, 3]])]),
            {"at": 1},
            hear(update(7, 8, ack(2)), say=[]),
            typed(3, "?", say=[edit(3, 8, [3, "?"], selections=[[3, 3]])]),
            {"at": 1.2},
            hear(reject(3, "too_large"), say=[edit(4, 8, [3, "?"], selections=[[3, 3]])]),
            {"at": 1.4},
            hear(
                reject(4, "too_large"),
                show=[taken_back(3, -1)],
                tell=[offered("too_large", "?", 3, "?")],
                say=[{"type": "presence", "revision": 8, "selections": [[3, 3]], "typing": True}],
            ),
        ],
    )
    yield (
        "8.too_large 5.1",
        "an edit with more components than the server takes is sent in parts, one after the other",
        [
            *opened("hi", 7, limits=LIMITS | {"components": 4}),
            typed("a", 1, "b", 1, "c", say=[edit(1, 7, ["a", 2])], text="ahbic"),
            {"at": 1},
            hear(update(7, 8, ack(1)), say=[edit(2, 8, [2, "b", 1, "c"])], status="saving"),
            hear(update(8, 9, ack(2)), say=[], status="saved", text="ahbic"),
        ],
    )
    yield (
        "8.too_large",
        "an edit that makes the text larger than the server takes is not made",
        [
            *opened("éé", 7, limits=LIMITS | {"document_bytes": 8}),
            typed(2, "abcde", raises="too_large", text="éé"),
            typed(2, "abcd"),
            typed(6, "x", raises="too_large"),
            typed(-1, 5),
            typed(5, "xy", text="éabcdxy"),
            typed(7, "z", raises="too_large"),
            typed(5, -2),
            typed(5, "éz", raises="too_large", text="éabcd"),
        ],
    )
    yield (
        "8.too_large",
        "what others make of a text counts, and what doesn't lengthen it may always be made",
        [
            *opened("abcd", 7, limits=LIMITS | {"document_bytes": 8}),
            hear(update(7, 8, op(4, "efgh")), show=[op(4, "efgh")]),
            typed(8, "x", raises="too_large"),
            hear(update(8, 9, op(8, "ijkl")), show=[op(8, "ijkl")]),
            typed(-1, "é", 11, text="ébcdefghijkl"),
            typed(12, "x", raises="too_large"),
            hear(
                reset("ab", 10), show=[started("ab")], tell=[offered("diverged", "é", -1, "é", 1)]
            ),
            typed(2, "ijklmn", text="abijklmn"),
            typed(8, "x", raises="too_large"),
        ],
    )
    yield (
        "8.invalid_operation 5.7",
        "carets that a refused edit took along are told anew",
        [
            *opened("hi", 7),
            typed(2, "!"),
            {"select": [[3, 3]], "say": [edit(1, 7, [2, "!"], selections=[[3, 3]])]},
            {"at": 0.5},
            hear(
                reject(1, "invalid_operation"),
                show=[taken_back(2, -1)],
                tell=[offered("invalid_operation", "!", 2, "!")],
                say=[{"type": "presence", "revision": 7, "selections": [[2, 2]], "typing": True}],
            ),
        ],
    )
    for code in ("unknown_revision", "seq_reused"):
        yield (
            f"8.{code} 5.7",
            f"who is told {code} has lost their place, and takes the text anew",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                typed("oh ", 3, say=[]),
                hear(
                    reject(1, code),
                    show=[taken_back(-3, 2, -1)],
                    tell=[offered(code, "oh \n!", "oh ", 2, "!")],
                    leave="diverged",
                ),
                {"lost": 1006},
                {"at": 1},
                connected(hello(seq=1)),
                hear(welcome(text="hi", revision=7, last_seq=4), tell=["participants"], say=[]),
                typed(2, "?", say=[edit(5, 7, [2, "?"])]),
            ],
        )
    yield (
        "8.length_mismatch",
        "who made an edit for another text takes the text anew",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear(
                reject(1, "length_mismatch"),
                show=[taken_back(2, -1)],
                tell=[offered("length_mismatch", "!", 2, "!")],
                leave="diverged",
            ),
            {"lost": 1006},
            connected(hello(seq=1)),
            hear(
                welcome(text="high", revision=7, last_seq=1),
                show=[started("high")],
                tell=["participants"],
                status="saved",
            ),
        ],
    )
    yield (
        "8.locked",
        "an edit that meets the lock stays, and is sent under a new seq at its end",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            hear({"type": "session", "lock": LOCK}, tell=["session"], say=[], reason="locked"),
            hear(reject(1, "locked"), say=[], status="saving", reason="locked"),
            typed(3, "?", say=[], text="hi!?"),
            {"at": 60, "say": [], "deadline": None},
            hear(
                {"type": "session", "lock": None},
                tell=["session"],
                say=[edit(2, 7, [2, "!"])],
                reason=None,
            ),
        ],
    )
    yield (
        "8.locked",
        "where the lock was not told yet, an edit that meets it is tried again after a pause",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"at": 1},
            hear(reject(1, "locked"), say=[], status="saving", deadline=1.4),
            {"at": 1.4, "say": [edit(2, 7, [2, "!"])]},
            hear(reject(2, "locked"), say=[], deadline=2.2),
        ],
    )
    yield (
        "8.locked 12.6",
        "an answer that is a lock ends a long silence too",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"at": 5, "say": [edit(1, 7, [2, "!"]), PING]},
            {"at": 8, "leave": "silence"},
            {"lost": 1006},
            connected(back(7, outstanding=1, seq=1)),
            hear(resumed(7, 7), tell=["participants"], say=[edit(1, 7, [2, "!"])]),
            hear(reject(1, "locked"), say=[], deadline=8.4),
            {"at": 9, "say": [edit(2, 7, [2, "!"])], "deadline": 14},
            {"at": 14, "say": [edit(2, 7, [2, "!"]), PING], "deadline": 17},
        ],
    )
    yield (
        "8.unavailable 5.6",
        "that the store can't be reached for another seq is passed over",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])], deadline=5),
            hear(error("unavailable", seq=9), say=[], deadline=5),
            hear(error("unavailable"), say=[], deadline=5),
        ],
    )
    for code in ("malformed", "protocol"):
        yield (
            f"8.{code}",
            f"{code} is a complaint: nothing is taken and nothing spent",
            [
                *opened("hi", 7),
                hear(error(code), tell=[{"complaint": code}], say=[], status="saved"),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            ],
        )
        for where, stored in (("", []), (", though it is stored", [{"stored": True}])):
            yield (
                f"8.{code}",
                f"a fatal {code} is the end, and what is unsaved is offered{where}",
                [
                    *opened("hi", 7),
                    typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                    *stored,
                    hear(
                        error(code, fatal=True),
                        show=[taken_back(2, -1)],
                        tell=[{"complaint": code}, offered(code, "!", 2, "!")],
                        say=[],
                        ended=code,
                        status="closed",
                        reason=code,
                        deadline=None,
                    ),
                ],
            )
    yield (
        "8.client_taken 12.10",
        "a client id of somebody else's is exchanged; what was not sent stays",
        [
            *opened("hi", 7),
            {"lost": 1006},
            typed(2, "!", say=[]),
            connected(back(7)),
            hear(
                error("client_taken", fatal=True),
                tell=[{"complaint": "client_taken"}],
                leave="client_taken",
            ),
            {"lost": 1000, "status": "offline"},
            {"rename": OTHER_CLIENT, "store": record(7, [2, "!"])},
            connected(back(7) | {"client": OTHER_CLIENT}),
            hear(resumed(7, 7), tell=["participants"], say=[edit(1, 7, [2, "!"])], text="hi!"),
        ],
    )
    yield (
        "8.client_taken",
        "what was sent under a client id of somebody else's is offered, not sent again",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"lost": 1006},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                error("client_taken", fatal=True),
                tell=[{"complaint": "client_taken"}],
                leave="client_taken",
            ),
            {"lost": 1000},
            {
                "rename": OTHER_CLIENT,
                "show": [taken_back(2, -1)],
                "tell": [offered("client_taken", "!", 2, "!")],
            },
            connected(back(7) | {"client": OTHER_CLIENT}),
            hear(resumed(7, 7), tell=["participants"], say=[]),
            typed(2, "?", store=record(7, [2, "?"])),
            {"at": 1, "say": [edit(1, 7, [2, "?"])]},
        ],
    )
    yield (
        "8.client_taken",
        "what was typed after what was sent under a client id of somebody else's stays",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            typed(3, "?", say=[]),
            {"lost": 1006},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                error("client_taken", fatal=True),
                tell=[{"complaint": "client_taken"}],
                leave="client_taken",
            ),
            {"lost": 1000},
            {
                "rename": OTHER_CLIENT,
                "show": [taken_back(2, -1, 1)],
                "tell": [offered("client_taken", "!", 2, "!", 1)],
                "store": record(7, [2, "?"]),
                "text": "hi?",
            },
            connected(back(7) | {"client": OTHER_CLIENT}),
            hear(resumed(7, 7), tell=["participants"], say=[edit(1, 7, [2, "?"])]),
        ],
    )
    yield (
        "8.client_taken 10.2",
        "what was stored is offered as a whole, where there is no text yet",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                error("client_taken", fatal=True),
                tell=[{"complaint": "client_taken"}],
                leave="client_taken",
            ),
            {"lost": 1000},
            {
                "rename": OTHER_CLIENT,
                "tell": [offered("client_taken", "!?", 2, "!?")],
                "store": None,
            },
        ],
        {"record": record(7, [2, "!"], seq=1, sent=edit(1, 7, [2, "!"]), buffer=[3, "?"])},
    )
    yield (
        "8.client_taken",
        "what is stored under a client id of somebody else's is not stored under the new one",
        [
            *opened("hi", 7),
            {"lost": 1006},
            typed(2, "!"),
            {"stored": True},
            connected(back(7)),
            hear(
                error("client_taken", fatal=True),
                tell=[{"complaint": "client_taken"}],
                leave="client_taken",
            ),
            {"lost": 1000},
            {"rename": OTHER_CLIENT, "store": record(7, [2, "!"])},
            {
                "end": "left",
                "show": [taken_back(2, -1)],
                "tell": [offered("left", "!", 2, "!")],
                "ended": "left",
                "store": None,
            },
        ],
    )


def close_codes() -> Cases:
    for code in (1000, 1001, 1006, 1011, 1013, 4401, 4429, 4999):
        yield (
            f"8.{code}" if code != 4999 else "12.10",
            f"after close code {code} the client comes back with all that was typed",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                {"lost": code, "status": "offline", "text": "hi!", "say": [], "deadline": None},
                {"at": 1},
                connected(back(7, outstanding=1, seq=1)),
            ],
        )
    for code, reason in (
        (1002, "not_websocket"),
        (1007, "not_utf8"),
        (1009, "too_big"),
        (4400, "malformed"),
        (4403, "forbidden"),
        (4404, "no_such_session"),
    ):
        yield (
            f"8.{code}",
            f"close code {code} is the end: what is unsaved can't be sent, so it is offered",
            [
                *opened("hi", 7),
                typed(2, "!", say=[edit(1, 7, [2, "!"])]),
                {"stored": True},
                {
                    "lost": code,
                    "show": [taken_back(2, -1)],
                    "tell": [offered(reason, "!", 2, "!")],
                    "ended": reason,
                    "status": "closed",
                    "reason": reason,
                    "text": "hi",
                    "store": None,
                },
                {"connected": "token", "say": [], "ended": reason},
                typed(2, "?", raises="not_editable", ended=reason),
            ],
        )
    yield (
        "8.4409",
        "whom a newer connection replaces leaves what is stored to it",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"stored": True},
            {
                "lost": 4409,
                "ended": "replaced",
                "status": "closed",
                "text": "hi!",
                "store": record(7, [2, "!"], seq=1, sent=edit(1, 7, [2, "!"])),
            },
        ],
    )
    yield (
        "8.4409",
        "what is stored nowhere is offered, whatever the end was",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"stored": True},
            typed(3, "?", say=[]),
            {"stored": False},
            {
                "lost": 4409,
                "show": [taken_back(2, -2)],
                "tell": [offered("replaced", "!?", 2, "!?")],
                "ended": "replaced",
            },
        ],
    )
    yield (
        "8.4409",
        "what was typed since something was stored is offered too",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"stored": True},
            typed(3, "?"),
            {
                "lost": 4409,
                "show": [taken_back(2, -2)],
                "tell": [offered("replaced", "!?", 2, "!?")],
                "ended": "replaced",
                "store": None,
            },
        ],
    )
    yield (
        "8.4409",
        "what was stored before a crash is left as it is, too",
        [
            connected(back(7, text=True)),
            {"lost": 4409, "ended": "replaced", "store": record(7, [2, "!"])},
        ],
        {"record": record(7, [2, "!"])},
    )
    yield (
        "8.4409",
        "what has ended begins no more, and stays ended for the first reason",
        [
            *opened("hi", 7),
            {"lost": 4409, "ended": "replaced"},
            {"lost": 1006, "ended": "replaced", "status": "closed"},
            {"end": "left", "ended": "replaced", "reason": "replaced"},
            {"connected": "token", "say": [], "ended": "replaced", "status": "closed"},
            hear(welcome(text="new", revision=9), text="hi", ended="replaced", status="closed"),
        ],
    )
    yield (
        "8.4401",
        "where no other token is to be had it is over, and what is stored is sent another time",
        [
            *opened("hi", 7),
            typed(2, "!", say=[edit(1, 7, [2, "!"])]),
            {"stored": True},
            {"lost": 4401},
            {"end": "not_authenticated", "ended": "not_authenticated", "text": "hi!"},
        ],
    )


def storing() -> Cases:
    sent = edit(1, 7, [2, "!"])
    yield (
        "10.1",
        "what is unsaved is stored before it is sent, and after every update, and then forgotten",
        [
            *opened("hi", 7),
            typed(2, "!", store=record(7, [2, "!"])),
            {"at": 0, "say": [sent], "store": record(7, [2, "!"], seq=1, sent=sent)},
            typed(3, "?", say=[], store=record(7, [2, "!"], seq=1, sent=sent, buffer=[3, "?"])),
            hear(
                update(7, 8, op("oh ", 2)),
                show=[op("oh ", 4)],
                store=record(8, [5, "!"], seq=1, sent=sent, buffer=[6, "?"]),
            ),
            {"at": 1},
            hear(update(8, 9, ack(1)), store=record(9, [6, "?"], seq=1)),
            {"at": 1, "say": [edit(2, 9, [6, "?"])]},
            hear(update(9, 10, ack(2)), store=None),
        ],
    )
    yield (
        "10.1",
        "what could not be stored is unsafe until it is, or is saved",
        [
            *opened("hi", 7),
            {"stored": True, "safe": True},
            typed(2, "!", say=[sent], safe=False),
            {"stored": True, "safe": True, "status": "saving"},
            {"lost": 1006, "safe": True, "status": "offline"},
            typed(3, "?", safe=False),
            {"stored": False, "safe": False, "status": "offline"},
            typed(4, ".", safe=False),
            {"stored": True, "safe": True, "status": "offline"},
            typed(5, ";", safe=False),
            {"stored": False, "safe": False},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1)),
            hear(resumed(7, 8, ack(1)), tell=["participants"], safe=False, status="saving"),
            {"stored": False, "safe": False},
            {"at": 2, "say": [edit(2, 8, [3, "?.;"])], "safe": False},
            hear(update(8, 9, ack(2)), safe=True, status="saved"),
        ],
    )
    yield (
        "10.1",
        "what a crash has left is stored, and so it is safe",
        [{"lost": 1006, "status": "offline", "safe": True}],
        {"record": record(7, [2, "!"], seq=1, sent=sent)},
    )
    yield (
        "10.2",
        "after a crash the client asks for the text as well, and goes on",
        [
            *opened("hi", 7),
            typed(2, "!", say=[sent]),
            typed(3, "?", say=[]),
            {"crash": True, "text": "", "status": "connecting"},
            {"at": 1},
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                resumed(7, 8, op("oh ", 2), text="oh hi"),
                show=[started("oh hi!?")],
                tell=["session", "participants"],
                say=[sent],
                text="oh hi!?",
                store=record(8, [5, "!"], seq=1, sent=sent, buffer=[6, "?"]),
            ),
            {"at": 2},
            hear(update(8, 9, ack(1)), say=[edit(2, 9, [6, "?"])]),
        ],
    )
    yield (
        "10.2",
        "after a crash the client finds that the first edit had arrived",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                resumed(7, 9, ack(1), op(3, "A"), text="hi!A", last_seq=1),
                show=[started("hi!?A")],
                tell=["session", "participants"],
                say=[edit(2, 9, [3, "?", 1])],
            ),
        ],
        {"record": record(7, [2, "!"], seq=1, sent=sent, buffer=[3, "?"])},
    )
    yield (
        "10.2",
        "after a crash the client finds that it was refused",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                resumed(7, 7, text="hi", last_seq=1),
                show=[started("hi!?"), taken_back(2, -1, 1)],
                tell=["session", "participants", offered("refused", "!", 2, "!", 1)],
                say=[edit(2, 7, [2, "?"])],
                text="hi?",
            ),
        ],
        {"record": record(7, [2, "!"], seq=1, sent=sent, buffer=[3, "?"])},
    )
    yield (
        "10.2",
        "after a crash that what was typed can't be resumed from is offered",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                welcome(text="new", revision=90, reset="history_trimmed"),
                show=[started("new")],
                tell=["session", "participants", offered("history_trimmed", "!", 2, "!")],
                say=[],
                store=None,
            ),
        ],
        {"record": record(7, [2, "!"], seq=1, sent=sent)},
    )
    yield (
        "10.2",
        "what is stored and doesn't fit the text that is told is offered, with the text anew",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                resumed(7, 7, text="hi, somebody"),
                tell=["session", "participants"],
                leave="diverged",
                store=record(7, [2, "!"], seq=1, sent=sent),
            ),
            {"lost": 1006},
            connected(hello(seq=1)),
            hear(
                welcome(text="new", revision=9),
                show=[started("new")],
                tell=["participants", offered("diverged", "!", 2, "!")],
                store=None,
            ),
        ],
        {"record": record(7, [2, "!"], seq=1, sent=sent)},
    )
    yield (
        "10.2",
        "changes without the text that was asked for are of no use",
        [
            connected(back(7, text=True)),
            hear(
                resumed(7, 8, op("oh ", 2)),
                tell=["session", "participants"],
                leave="diverged",
                store=record(7, [2, "!"]),
            ),
        ],
        {"record": record(7, [2, "!"])},
    )
    yield (
        "10.2 8.4403",
        "what is stored is offered, and no longer stored, where it is over before there is a text",
        [
            connected(back(7, text=True)),
            {
                "lost": 4403,
                "tell": [offered("forbidden", "!", 2, "!")],
                "ended": "forbidden",
                "status": "closed",
                "store": None,
            },
        ],
        {"record": record(7, [2, "!"])},
    )
    yield (
        "10.2 12.1",
        "a record that is older than what was sent is not sent: it may be committed already",
        [
            connected(back(7, outstanding=1, seq=1, text=True)),
            hear(
                resumed(7, 9, ack(1), op(3, "?", by="me"), text="hi!?", last_seq=2),
                show=[started("hi!??"), taken_back(3, -1, 1)],
                tell=["session", "participants", offered("outdated", "?", 3, "?", 1)],
                say=[],
                text="hi!?",
                store=None,
            ),
        ],
        {"record": record(7, [2, "!"], seq=1, sent=sent, buffer=[3, "?"])},
    )
    yield (
        "10.2",
        "what nobody could send or keep before a crash is still what it was",
        [
            connected(back(7, text=True)),
            {"lost": 1006},
            {"crash": True},
            connected(back(7, text=True)),
            hear(
                resumed(7, 7, text="hi"),
                show=[started("hi!")],
                tell=["session", "participants"],
                say=[sent],
            ),
        ],
        {"record": record(7, [2, "!"])},
    )


def small_print() -> Cases:
    sent = edit(1, 7, [2, "!"])
    yield (
        "12.1",
        "a text that comes anew leaves nothing outstanding: what was is offered, never typed again",
        [
            *opened("hi", 7),
            typed(2, "!", say=[sent]),
            hear(update(7, 8, ack(5)), leave="diverged"),
            {"lost": 1006},
            {"at": 1},
            connected(hello(seq=1)),
            hear(
                welcome(text="hi!", revision=8, last_seq=1),
                tell=["participants", offered("diverged", "!", 2, "!", 1)],
                say=[],
                text="hi!",
                status="saved",
                store=None,
            ),
            {"at": 60, "say": []},
        ],
    )
    yield (
        "12.2",
        "a connection without a welcome is given up after ten seconds",
        [
            connected(hello()),
            {"at": 9, "say": [], "deadline": 10},
            {"at": 10, "say": [], "leave": "no_welcome"},
            {"lost": 1006, "status": "offline"},
            {"connected": "token"},
            {"lost": 1006, "say": []},
            connected(hello()),
        ],
    )
    for said in (PONG, update(0, 0), presence(0), reject(1, "forbidden")):
        yield (
            "12.2",
            f"before the welcome comes no {said['type']}",
            [connected(hello()), hear(said, leave="out_of_step")],
        )
    yield (
        "12.2",
        "a welcome comes once on a connection",
        [*opened("hi", 7), hear(welcome(text="hi", revision=7), leave="out_of_step")],
    )
    yield (
        "12.2",
        "a welcome without a text, and without changes to one that is known, is none",
        [
            connected(hello()),
            hear(resumed(7, 7), tell=["session", "participants"], leave="diverged"),
        ],
    )
    yield (
        "12.3",
        "an edit that is made while it is locked gets its seq, and is frozen, when it is sent",
        [
            *opened("hi", 7, session=SESSION | {"lock": LOCK}),
            typed(2, "!", say=[], status="saving", reason="locked", store=record(7, [2, "!"])),
            hear(update(7, 8, op("oh ", 2)), show=[op("oh ", 3)], say=[]),
            typed(6, "?", say=[]),
            hear(
                {"type": "session", "lock": None},
                tell=["session"],
                say=[edit(1, 8, [5, "!"])],
            ),
        ],
    )
    yield (
        "12.3",
        "a lock of one's own holds nothing back, and what is on its way is asked about in any case",
        [
            *opened("hi", 7),
            hear({"type": "session", "lock": LOCK | {"by": "me"}}, tell=["session"]),
            typed(2, "!", say=[sent]),
            hear({"type": "session", "lock": LOCK}, tell=["session"], say=[]),
            {"at": 5, "say": [sent, PING]},
        ],
    )
    yield (
        "12.5",
        "unavailable is an answer: the seconds without one begin anew",
        [
            *opened("hi", 7),
            typed(2, "!", say=[sent]),
            {"at": 4},
            hear(error("unavailable", seq=1), say=[]),
            {"at": 4.5, "say": [sent, PING], "deadline": 7.5},
            hear(PONG, say=[], deadline=9.5),
        ],
    )
    yield (
        "12.6",
        "a line on which nothing comes after a resend is given up, each time after twice as long",
        [
            *opened("hi", 7),
            typed(2, "!", say=[sent]),
            {"at": 5, "say": [sent, PING], "deadline": 8},
            {"at": 7.5, "say": []},
            {"at": 8, "say": [], "leave": "silence", "text": "hi!"},
            {"lost": 1006},
            connected(back(7, outstanding=1, seq=1)),
            hear(resumed(7, 7), tell=["participants"], say=[sent], deadline=13),
            {"at": 13, "say": [sent, PING], "deadline": 19},
            {"at": 19, "say": [], "leave": "silence"},
            {"lost": 1006},
            connected(back(7, outstanding=1, seq=1)),
            hear(
                resumed(7, 8, ack(1), last_seq=1),
                tell=["participants"],
                say=[],
                status="saved",
            ),
            {"at": 20},
            typed(3, "?", say=[edit(2, 8, [3, "?"])], deadline=25),
            {"at": 25, "say": [edit(2, 8, [3, "?"]), PING], "deadline": 28},
        ],
    )
    for title, word in (
        ("a pong", PONG),
        ("somebody's caret", presence(7, ada=[caret((1, 1))])),
        ("a word of a later version", {"type": "novelty"}),
    ):
        yield (
            "12.6",
            f"a line on which {title} comes is kept, however long the answer takes",
            [
                *opened("hi", 7),
                typed(2, "!", say=[sent]),
                {"at": 5, "say": [sent, PING]},
                {"at": 7.5},
                hear(word, say=[], deadline=12.5)
                | ({"tell": ["presence"]} if word["type"] == "presence" else {}),
                {"at": 12.5, "say": [sent, PING], "deadline": 15.5},
            ],
        )
    yield (
        "12.8",
        "a seq that was not taken, because another was outstanding, is sent again",
        [
            *opened("hi", 7),
            typed(2, "!", say=[sent]),
            hear(error("protocol", seq=1), tell=[{"complaint": "protocol"}], say=[]),
            {"at": 5, "say": [sent, PING]},
            hear(update(7, 8, ack(1)), say=[], status="saved"),
        ],
    )
    yield (
        "12.9",
        "operations that change nothing take a revision and show nothing",
        [
            *opened("hi", 7),
            typed(2, say=[], status="saved"),
            typed(3, raises="length_mismatch"),
            hear(update(7, 8, op(2)), say=[], text="hi"),
            hear(update(8, 9, op(2, "!")), show=[op(2, "!")]),
            {"lost": 1006},
            connected(back(9)),
        ],
    )
    yield (
        "12.9",
        "what is left of an edit whose text another has deleted is sent all the same",
        [
            *opened("abc", 7),
            typed(1, -1, 1),
            hear(update(7, 8, op(1, -1, 1)), say=[edit(1, 8, [2])], text="ac"),
            hear(update(8, 9, ack(1)), say=[], status="saved", text="ac"),
        ],
    )
    yield (
        "12.11",
        "null in an optional field is the same as leaving it out",
        [
            connected(hello()),
            hear(
                welcome(text="hi", revision=7, reset=None, changes=None, to=None, **{"from": None}),
                show=[started("hi")],
                tell=["session", "participants"],
            ),
            hear(
                {
                    "type": "update",
                    "from": 7,
                    "to": 8,
                    "chain": CHAIN,
                    "changes": [{"op": [2, "!"], "by": None, "ack": None}],
                },
                show=[op(2, "!", by=None)],
            ),
            hear(error("malformed", seq=None), tell=[{"complaint": "malformed"}]),
        ],
    )
