"""`Bugs`: changes to the real code, each of which breaks a promise."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import pytest

from tests.simulation.promises import Promise

__all__ = ["Bug", "Bugs"]

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """A bug that somebody might write."""

    plant: Plant
    breaks: Collection[Promise]
    """The promises that it breaks; any of them may be found first."""

    @property
    def name(self) -> str:
        return self.plant.__name__


class Bugs(list[Bug]):
    """Bugs of one kind."""

    def breaking(self, *promises: Promise) -> Callable[[Plant], Plant]:
        """Add the decorated bug, which breaks one of these promises."""

        def add(plant: Plant) -> Plant:
            self.append(Bug(plant, promises))
            return plant

        return add
