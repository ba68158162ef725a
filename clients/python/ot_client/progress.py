"""`Progress`: how many of the user's edits are decided: committed, or given up.  No I/O.

Edits are composed and divided on their way, so they are counted, not followed: each state of
a client holds the edits from the one after those decided up to a number.  Where it is divided,
the last of an edit's parts decides it.

Invariant: ``decided <= _outstanding <= made``; nothing is outstanding where all three are equal.
"""

from __future__ import annotations

__all__ = ["Progress"]


class Progress:
    """Counts the edits of one client, from its beginning."""

    def __init__(self, made: int = 0) -> None:
        """`made`: how many operations are unconfirmed, of which the first is outstanding."""
        self.made = made
        self.decided = 0
        self._outstanding = min(made, 1)

    def edited(self, is_outstanding: bool) -> None:
        """The user made an edit; `is_outstanding`: nothing else was unconfirmed."""
        self.made += 1
        if is_outstanding:
            self._outstanding = self.made

    def divided(self) -> None:
        """What is outstanding is a part: the rest of it is in the buffer."""
        self._outstanding = self.decided

    def answered(self) -> None:
        """What was outstanding is decided; what was the buffer is outstanding."""
        self.decided, self._outstanding = self._outstanding, self.made

    def gave_up(self) -> None:
        """Nothing is unconfirmed any more."""
        self.decided = self._outstanding = self.made
