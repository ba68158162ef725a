"""Frames that no honest client sends, and what each is answered by.

Every case is said by a client that has been welcomed, has committed seq 5 and sees
"hello!", six code points, at revision 2.  A case is a name and a frame; the table that it
stands in says what must come back.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from ot_protocol.messages import RejectCode

__all__ = ["MALFORMED", "REFUSED", "SETTLED", "UNANSWERED", "Edit", "edit"]

SETTLED: Final = '{"type":"edit","seq":5,"revision":1,"op":[5,"!"]}'
"""What the client has committed before the case."""


def edit(op: str = '[6,"x"]', seq: object = 6, revision: object = 2, **more: object) -> str:
    """Return an edit; `op` is JSON, or something like it."""
    fields = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in more.items())
    return f'{{"type":"edit","seq":{seq},"revision":{revision},"op":{op}{fields}}}'


SHOWN = '{{"type":"presence","revision":2,"selections":[],"data":{}}}'
PRESENCE = '{{"type":"presence","revision":2,"selections":{}}}'
VERIFY = '{{"type":"verify","revision":2,"crc32":{}}}'

MALFORMED: Final[dict[str, str | bytes]] = {
    # No JSON.
    "nothing": "",
    "a space": " ",
    "NUL": "\0",
    "a word": "ping",
    "cut off": '{"type":"ping"',
    "cut off in a string": '{"type":"edit","seq":6,"revision":2,"op":[6,"x',
    "two messages": '{"type":"ping"}{"type":"ping"}',
    "a byte order mark": '\ufeff{"type":"ping"}',
    "single quotes": "{'type':'ping'}",
    "a trailing comma": '{"type":"ping",}',
    "a comment": '{"type":"ping"/* hi */}',
    "a raw line end in a string": '{"type":"pi\nng"}',
    "a raw NUL in an insert": edit('[6,"\0"]'),
    "an unknown escape": edit('[6,"\\x41"]'),
    "a leading zero": edit("[06]"),
    "a plus sign": edit("[+6]"),
    "a hexadecimal number": edit("[0x6]"),
    "NaN in an operation": edit("[NaN]"),
    "Infinity in an operation": edit("[Infinity]"),
    "arrays nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
    "objects nested 100,000 deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "an operation nested 100,000 deep": edit("[" * 100_000 + "]" * 100_000),
    "a value nested 100,000 deep": '{"type":"ping","a":' + "[" * 100_000 + "]" * 100_000 + "}",
    # JSON, but no message.
    "null": "null",
    "true": "true",
    "a number": "5",
    "a string": '"ping"',
    "an array": '[{"type":"ping"}]',
    "an empty object": "{}",
    "no type": '{"seq":6,"revision":2,"op":[6,"x"]}',
    "an unknown type": '{"type":"delete_everything"}',
    "a type in capitals": '{"type":"PING"}',
    "a type that only a server says": '{"type":"update","from":2,"to":2,"chain":"","changes":[]}',
    "a type that is null": '{"type":null}',
    "a type that is a number": '{"type":1}',
    "a type that is an array": '{"type":["ping"]}',
    "an unknown field": '{"type":"ping","urgent":true}',
    "an unknown field with an endless name": '{"type":"ping","' + "a" * 100_000 + '":1}',
    "an unknown field in an edit": edit(by="me"),
    # Half of a surrogate pair makes a whole message unreadable.
    "a lone high surrogate in an insert": edit('[6,"\\ud800"]'),
    "a lone low surrogate in an insert": edit('[6,"\\udc00"]'),
    "a surrogate pair the wrong way round": edit('[6,"\\ude00\\ud83d"]'),
    "a lone surrogate as a field's name": '{"type":"ping","\\ud800":1}',
    "a lone surrogate as type": '{"type":"\\udfff"}',
    # Fields.
    "no seq": '{"type":"edit","revision":2,"op":[6,"x"]}',
    "no revision": '{"type":"edit","seq":6,"op":[6,"x"]}',
    "no operation": '{"type":"edit","seq":6,"revision":2}',
    "seq 0": edit(seq=0),
    "seq -1": edit(seq=-1),
    "seq 6.0": edit(seq=6.0),
    "seq 6.5": edit(seq=6.5),
    "seq 1e400": edit(seq="1e400"),
    "seq NaN": edit(seq="NaN"),
    "seq true": edit(seq="true"),
    "seq null": edit(seq="null"),
    "seq in quotes": edit(seq='"6"'),
    "seq 2**53": edit(seq=2**53),
    "seq 10**30": edit(seq=10**30),
    "seq with 10,000 digits": edit(seq="9" * 10_000),
    "revision -1": edit(revision=-1),
    "revision 2.5": edit(revision=2.5),
    "revision -Infinity": edit(revision="-Infinity"),
    "revision false": edit(revision="false"),
    "revision null": edit(revision="null"),
    "revision 2**53": edit(revision=2**53),
    "revision 2**64": edit(revision=2**64),
    "selections that are no list": edit(selections=5),
    "selections of three ends": edit(selections=[[0, 1, 2]]),
    "selections beyond 2**31 - 1": edit(selections=[[0, 2**31]]),
    "too many selections": edit(selections=[[0, 0]] * 65),
    "presence without selections": '{"type":"presence","revision":2}',
    "presence at a negative offset": PRESENCE.format("[[-1,0]]"),
    "presence at a fraction": PRESENCE.format("[[0.5,1]]"),
    "presence at true": PRESENCE.format("[[true,true]]"),
    "presence at null": PRESENCE.format("[null]"),
    "presence at a huge offset": PRESENCE.format("[[0,1e99]]"),
    "presence with 65 carets": PRESENCE.format([[0, 0]] * 65),
    "presence at revision -1": '{"type":"presence","revision":-1,"selections":[]}',
    "typing that is a word": '{"type":"presence","revision":2,"selections":[],"typing":"yes"}',
    "data over 1 KiB": SHOWN.format('"' + "x" * 1023 + '"'),
    "data over 1 KiB in other letters": SHOWN.format('"' + "é" * 512 + '"'),
    "data over 1 KiB that say nothing": SHOWN.format("[" + " " * 1023 + "]"),
    "data with half a pair": SHOWN.format(r'["\ud83d"]'),
    "data with a number that is none": SHOWN.format("1e999"),
    "data nested without an end": SHOWN.format("[" * 1000),
    "a checksum of -1": VERIFY.format(-1),
    "a checksum of 2**32": VERIFY.format(2**32),
    "a checksum in hexadecimal": VERIFY.format('"deadbeef"'),
    "a checksum with a fraction": VERIFY.format(1.5),
    "auth without a token": '{"type":"auth"}',
    "auth with null": '{"type":"auth","token":null}',
    "auth with an endless token": json.dumps({"type": "auth", "token": "a" * 4097}),
}
"""Answered by ``error malformed``."""


class Edit(NamedTuple):
    """An edit that is refused, and by which code."""

    frame: str
    code: RejectCode
    seq: int = 6


REFUSED: Final[dict[str, Edit]] = {
    # The operation is none.
    "null": Edit(edit("null"), "invalid_operation"),
    "true": Edit(edit("true"), "invalid_operation"),
    "a string": Edit(edit('"x"'), "invalid_operation"),
    "an object": Edit(edit('{"0":6}'), "invalid_operation"),
    "a component of 0": Edit(edit("[6,0]"), "invalid_operation"),
    "an empty insert": Edit(edit('[6,""]'), "invalid_operation"),
    "a component that is true": Edit(edit("[true]"), "invalid_operation"),
    "a component that is null": Edit(edit("[6,null]"), "invalid_operation"),
    "a component of 6.0": Edit(edit("[6.0]"), "invalid_operation"),
    "a component of 5.5": Edit(edit("[5.5]"), "invalid_operation"),
    "a component of 1e999": Edit(edit("[1e999]"), "invalid_operation"),
    "a component of 2**31": Edit(edit(f"[{2**31}]"), "invalid_operation"),
    "a component of -2**31": Edit(edit(f"[-{2**31}]"), "invalid_operation"),
    "a component of 2**64": Edit(edit(f"[{2**64}]"), "invalid_operation"),
    "a component of 5,000 digits": Edit(edit(f"[{'9' * 5_000}]"), "invalid_operation"),
    "components that span too much": Edit(edit(f"[{2**31 - 1},1]"), "invalid_operation"),
    "a component that is an array": Edit(edit("[[6]]"), "invalid_operation"),
    "arrays nested 500 deep": Edit(edit("[" * 500 + "]" * 500), "invalid_operation"),
    "another library's component": Edit(edit('[{"retain":6}]'), "invalid_operation"),
    "an escaped NUL": Edit(edit('[6,"a\\u0000b"]'), "invalid_operation"),
    "a carriage return": Edit(edit('[6,"a\\r\\nb"]'), "invalid_operation"),
    # It is one, but not on this text.
    "an operation on nothing": Edit(edit("[]"), "length_mismatch"),
    "one that ends too early": Edit(edit('[5,"x"]'), "length_mismatch"),
    "one that ends too late": Edit(edit('[7,"x"]'), "length_mismatch"),
    "one that deletes beyond the end": Edit(edit("[5,-2]"), "length_mismatch"),
    "one on the text of an earlier revision": Edit(edit('[5,"x"]', revision=2), "length_mismatch"),
    "one on a later text than it says": Edit(edit('[6,"x"]', revision=1), "length_mismatch"),
    "one of 2**31 - 1 code points": Edit(edit(f"[{2**31 - 1}]"), "length_mismatch"),
    "too many components": Edit(edit("[" + '"x",-1,' * 6_000 + "6]"), "too_large"),
    "too long a text": Edit(edit(f'[6,"{"x" * 2**21}"]'), "too_large"),
    "too long a text in few code points": Edit(edit(f'[6,"{"😀" * 2**19}"]'), "too_large"),
    # It was not made on anything that the server has sent.
    "the next revision": Edit(edit(revision=3), "unknown_revision"),
    "a revision far ahead": Edit(edit(revision=2**53 - 1), "unknown_revision"),
    # Its seq is spent.
    "its seq with other content": Edit(edit('[6,"x"]', seq=5), "seq_reused", 5),
    "its seq at another revision": Edit(edit('[5,"!"]', seq=5, revision=2), "seq_reused", 5),
    "a seq below": Edit(edit(seq=4), "seq_reused", 4),
    "the first seq of all": Edit(edit(seq=1), "seq_reused", 1),
    # Of a field that comes twice, the last one counts.
    "two operations, the last one bad": Edit(edit(op='[6,"x"],"op":[0]'), "invalid_operation"),
    "two seqs, the last one spent": Edit(edit(seq='6,"seq":4'), "seq_reused", 4),
}
"""Answered by ``reject``."""


UNANSWERED: Final[dict[str, str]] = {
    "presence beyond the end of the text": PRESENCE.format("[[7,2147483647]]"),
    "presence at a revision that is not there yet": (
        '{"type":"presence","revision":3,"selections":[[0,0]]}'
    ),
    "presence at a revision far ahead": (
        '{"type":"presence","revision":9007199254740991,"selections":[[0,0]]}'
    ),
    "data of 1 KiB": SHOWN.format('"' + "x" * 1022 + '"'),
    "data that are nothing": SHOWN.format("null"),
    "data that are nested as deeply as they can be": SHOWN.format("[" * 512 + "]" * 512),
    "a checksum at an earlier revision": '{"type":"verify","revision":1,"crc32":0}',
    "a checksum at a revision far ahead": (
        '{"type":"verify","revision":9007199254740991,"crc32":0}'
    ),
    "the same ping twice in one": '{"type":"ping","type":"ping"}',
}
"""Taken without a word, or with no more than a pong."""
