"""A client in a hundred lines of code, written from the protocol document alone.

First the operations, then one class: the state machine, and the conversation with the server.
It has no presence, checksums or lock, and takes out all that is pending where an edit is refused.
"""

import asyncio
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import reduce
from itertools import groupby
from time import monotonic
from typing import Any

import aiohttp

Op = list[Any]  # of int (retain, or delete if negative) and str (insert)
ANEW = {"length_mismatch", "unknown_revision", "seq_reused"}  # start from a text anew
FINAL = {1002, 1007, 1009, 4400, 4401, 4403, 4404, 4409}  # close codes not to come back from


def kind(part: int | str) -> str:
    return "insert" if isinstance(part, str) else "retain" if part > 0 else "delete"


def pack(parts: Iterable[Any]) -> Op:
    """Drop what is empty, and merge adjacent parts of one kind."""
    runs = groupby(filter(None, parts), kind)
    return ["".join(run) if what == "insert" else sum(run) for what, run in runs]


def take(op: Op, n: int) -> Any:
    """Cut n code points off the last part."""
    part = op.pop()
    head = part[:n] if isinstance(part, str) else max(-n, min(n, part))
    op += filter(None, [part[n:] if isinstance(part, str) else part - head])
    return head


def pairs(a: Op, b: Op, alone: str) -> Iterator[tuple[Any, Any]]:
    """Walk both in pieces of equal width. A piece that the other side doesn't have is paired with
    0: first a's pieces of the kind `alone`, then b's inserts."""
    a, b = a[::-1], b[::-1]
    while a or b:
        if a and kind(a[-1]) == alone:
            yield a.pop(), 0
        elif b and kind(b[-1]) == "insert":
            yield 0, b.pop()
        else:
            n = min(len(p) if isinstance(p, str) else abs(p) for p in a[-1:] + b[-1:])
            yield take(a, n), take(b, n)


def compose(a: Op, b: Op) -> Op:
    """Make one operation of a, then b."""

    def both(x: Any, y: Any) -> Any:
        return y if isinstance(y, str) else x if y >= 0 else 0 if isinstance(x, str) else y

    return pack(both(x, y) for x, y in pairs(a, b, "delete"))


def transform(a: Op, b: Op) -> tuple[Op, Op]:
    """Rewrite a (committed) and b (not committed) so that each can follow the other."""

    def after(x: Any, y: Any) -> Any:
        return len(y) if isinstance(y, str) else 0 if y < 0 else x

    both = list(pairs(b, a, "insert"))  # b's insert first: it goes left
    return pack(after(x, y) for y, x in both), pack(after(y, x) for y, x in both)


def apply(text: str, op: Op) -> str:
    """Change a text, which is held as the operation that inserts it."""
    return "".join(compose(pack([text]), op))


class Client:
    """One person's copy of a session: `run` it to share it, `edit` it, see its `text`.

    `pending` is what isn't committed: the outstanding operation, if there is a `frame` (as it was
    sent), then the buffer. `refused` keeps text that was given up, to offer it to the user.
    `patience` is how many seconds to wait for an answer; a `pause` is a multiple of it.
    """

    def __init__(self, client: str, patience: float = 5.0) -> None:
        self.client, self.patience, self.pause, self.due = client, patience, 0.02, 0.0
        self.confirmed, self.place, self.frame = "", dict[str, Any](), dict[str, Any]()
        self.pending, self.refused, self.seq, self.online = list[Op](), list[str](), 0, False
        self.ws: aiohttp.ClientWebSocketResponse | None = None

    def text(self) -> str:
        return reduce(apply, self.pending, self.confirmed)

    async def edit(self, op: Op) -> None:
        """Add what the user typed, an operation on `text`, to the buffer."""
        buffer = slice(bool(self.frame), None)
        self.pending[buffer] = [reduce(compose, [*self.pending[buffer], op])]
        await self.send()

    async def send(self) -> None:
        """Make the buffer outstanding if nothing is; send what is outstanding, if it is due."""
        if self.online and self.place and self.pending and not self.frame:
            self.seq, self.due, at = self.seq + 1, 0.0, self.place["revision"]
            self.frame = {"type": "edit", "seq": self.seq, "revision": at, "op": self.pending[0]}
        if self.ws and self.online and self.frame and monotonic() >= self.due:
            self.due = monotonic() + self.patience * random.uniform(1, 1.5)
            with suppress(ConnectionError):
                await self.ws.send_json(self.frame)

    def hear(self, said: dict[str, Any]) -> None:
        """Take a message from the server; a ConnectionError means: connect again."""
        hello, at = said["type"] == "welcome", self.place.get("revision", -1)
        if self.online and (hello or said.get("to", at + 1) <= at):
            return  # a repetition
        self.online = self.online or hello
        if "changes" in said and not (self.online and said["from"] == at):
            raise ConnectionError("something was lost on the way")
        for change in said.get("changes", []):
            if "op" in change:
                op, self.confirmed = change["op"], apply(self.confirmed, change["op"])
                for i, mine in enumerate(self.pending):
                    op, self.pending[i] = transform(op, mine)
            elif change["ack"] == self.frame.get("seq"):
                self.confirmed, self.frame = apply(self.confirmed, self.pending.pop(0)), {}
        decided = said["seq"] if said["type"] == "reject" else said.get("last_seq", 0)
        self.seq = max(self.seq, decided)
        is_refused = self.frame and self.frame["seq"] <= decided
        self.frame = {} if is_refused else self.frame  # said again under a new seq, unless:
        if "text" in said or (is_refused and not hello):  # a reset, a reject
            unsaved = reduce(compose, self.pending or [[]])
            self.refused += [part for part in unsaved if isinstance(part, str)]
            self.pending, self.frame, self.confirmed = [], {}, said.get("text", self.confirmed)
        if "chain" in said:
            known = said.keys() & {"epoch", "revision", "chain"}
            self.place |= {"revision": said.get("to")} | {key: said[key] for key in known}
        self.place = {} if said.get("code") in ANEW else self.place

    def greet(self, token: str) -> dict[str, Any]:
        """Begin on a new connection; return the first word on it."""
        self.online, self.due = False, 0.0
        mine = {"seq": self.seq} | ({"outstanding": self.seq} if self.frame else {})
        hello = {"type": "hello", "protocol": 1, "client": self.client, "token": token}
        return hello | self.place | mine

    async def run(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Keep in touch, until the server closes for good (`ws.close_code` says why)."""
        while self.ws is None or self.ws.close_code not in FINAL:
            hello, late = self.greet(token), monotonic() + self.patience
            with suppress(aiohttp.ClientError, aiohttp.WSMessageTypeError, OSError):
                async with http.ws_connect(url, protocols=["ot.v1"], max_msg_size=0) as self.ws:
                    await self.ws.send_json(hello)
                    while self.place if self.online else monotonic() < late:
                        with suppress(TimeoutError):
                            self.hear(await self.ws.receive_json(timeout=self.patience / 10))
                        await self.send()
            self.pause = 0.04 if self.online else min(2 * self.pause, 2)
            await asyncio.sleep(random.uniform(0, self.pause * self.patience))  # 0.2 to 10 s
