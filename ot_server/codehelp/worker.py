"""The process that completes Python: it reads questions, answers them one by one, and ends.

Its first answer, to no question, says that it is ready.  It ends with its input, when it has
too little memory left, and when one answer takes so long that the server must be dead.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FunctionType
from typing import BinaryIO, Final

import msgspec

from ot_server.codehelp import names
from ot_server.codehelp.completions import LENGTH_BYTES, Answer, Question
from ot_server.codehelp.confinement import confine

__all__ = ["main"]

DEEPEST: Final = 3_000
"""How many calls deep, for text that is nested deeply."""
ROOM: Final = 100_000
"""In words, for the frames of all calls.

CPython keeps frames in pieces of 16 KiB, takes one more from the system when they are full, and
gives it back as soon as it is empty: a loop at the edge of one does so with every turn.  A frame
that says it needs so much gets one large piece, which the frames above it share.
"""


def main(memory: int, seconds: float) -> None:
    """Serve on standard input and output, in so many bytes, within so many seconds each."""
    FunctionType(_serve.__code__.replace(co_stacksize=ROOM), globals())(memory, seconds)


def _serve(memory: int, seconds: float) -> None:
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody prints into the answers
    sys.setrecursionlimit(DEEPEST)
    names.warm_up()
    confine(names.folders(), memory)
    _write(answers, Answer([]))
    decoder = msgspec.json.Decoder(Question)
    while head := questions.read(LENGTH_BYTES):
        question = decoder.decode(questions.read(int.from_bytes(head)))
        signal.setitimer(signal.ITIMER_REAL, 2 * seconds)  # which nobody catches
        try:
            answer = Answer(names.complete(question.text, question.offset))
        except MemoryError:
            return
        except Exception:
            answer = Answer(None)  # jedi's trouble with a text
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answers, answer)


def _write(answers: BinaryIO, answer: Answer) -> None:
    body = msgspec.json.encode(answer)
    answers.write(len(body).to_bytes(LENGTH_BYTES) + body)
    answers.flush()
