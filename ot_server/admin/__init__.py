"""What the operator does with whole sessions: check, mend, export, import.

No terminal, and no live session: it works on the store, most of it beside a running server.

Law: the log is the truth, and what can't be mended without guessing is only reported.
"""

from collections.abc import Callable

__all__ = ["Progress"]

Progress = Callable[[int, int], None]
"""Is told how many lines are done, and how many there are."""
