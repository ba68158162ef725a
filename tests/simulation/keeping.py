"""`Keeping`: what a client has in its storage, as bytes; the Python client has none of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pickle import Pickler, Unpickler
from typing import Any, cast

from tests.simulation.watched import Watched

__all__ = ["Keeping"]


class Keeping:
    """Keeps the whole machine of a client, but not the world that it is in."""

    def __init__(self, *world: object) -> None:
        """`world`: what is not kept, and is the same when a client is taken up again."""
        self._world = world
        self._places = {id(one): place for place, one in enumerate(world)}

    def kept(self, client: Watched) -> bytes:
        """Return a client, as it is now."""
        storage = BytesIO()
        Writer(storage, self._places).dump(client)
        return storage.getvalue()

    def taken_up(self, kept: bytes) -> Watched:
        """Return the client that was kept."""
        return cast("Watched", Reader(BytesIO(kept), self._world).load())


class Writer(Pickler):
    """Writes a place where it comes to something of the world."""

    def __init__(self, storage: BytesIO, places: Mapping[int, int]) -> None:
        super().__init__(storage)
        self._places = places

    def persistent_id(self, one: object) -> int | None:
        return self._places.get(id(one))


class Reader(Unpickler):
    """Finds there what is in the world."""

    def __init__(self, storage: BytesIO, world: Sequence[object]) -> None:
        super().__init__(storage)
        self._world = world

    def persistent_load(self, place: Any) -> object:
        return self._world[place]
