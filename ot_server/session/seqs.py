"""`Seqs`: which of a client's edits are over, and for which one it waits.

A client numbers its edits upwards and has one on its way at a time.  So a few numbers say for
every seq what the client may still hear about it:

    seq                     its edit is                       the client hears
    up to `spent`           given up: a reset came before     that it was refused
    up to `answered`        over                              its answer, if it asks again
    `outstanding`           on its way                        its answer
    above                   yet to be made                    nothing

Law: ``spent <= answered``; `outstanding` is above `answered` and up to `used`, the highest seq
that the client is known to have.  A seq only ever moves upwards in this table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Seqs"]


@dataclass(frozen=True)
class Seqs:
    """What one connection knows about its client's seqs."""

    answered: int = 0
    used: int = 0
    outstanding: int | None = None
    spent: int = 0
    again: int | None = None
    """A seq that is over, and must be acknowledged once more."""

    def is_spent(self, seq: int) -> bool:
        """Whether a reset has ended this edit."""
        return seq <= self.spent

    def declare(self, seq: int) -> Seqs | None:
        """Note that the client waits for this seq; None if it waits for another one already."""
        if seq <= self.answered:
            return self  # a resend that crossed its answer: it is answered once more
        if self.outstanding not in (None, seq):
            return None
        return replace(self, outstanding=seq, used=max(self.used, seq))

    def answer(self, seq: int) -> Seqs:
        """Note that the client has, or gets, an answer to this seq, and so to all before it."""
        outstanding = self.outstanding
        if outstanding is not None and outstanding <= seq:
            outstanding = None
        return replace(
            self,
            answered=max(self.answered, seq),
            used=max(self.used, seq),
            outstanding=outstanding,
        )

    def repeat(self, seq: int) -> Seqs:
        """Note that this edit must be acknowledged by itself: the log with it was sent before."""
        return replace(self, again=seq)

    def repeated(self) -> Seqs:
        """Note that it has been acknowledged."""
        return self if self.again is None else replace(self.answer(self.again), again=None)

    def reset(self) -> Seqs:
        """Start again: all edits that the client has made so far are over, answered or not.

        An edit that may be on its way to us now has the next seq, so that is spent too.
        """
        last = self.used + 1
        return Seqs(answered=last, used=last, spent=last)
