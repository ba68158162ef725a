"""What operators do with whole sessions: check, repair, export, import.

No terminal and no live session: this works on the store, most of it beside a running server.

Law: the log is the truth, and what can't be repaired without guessing is only reported.
"""

from collections.abc import Callable

__all__ = ["Progress"]

Progress = Callable[[int, int], None]
"""Called with the number of lines that are done, and of all there are."""
