"""The tree of errors: it is drawn as it is, and nothing that the server raises is outside of it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import ot_server
from ot_server import errors
from ot_server.errors import ServerError


def below(parent: type[ServerError]) -> Iterator[type[ServerError]]:
    """Yield every error below one, depth first."""
    for child in parent.__subclasses__():
        yield child
        yield from below(child)


def everything_raised() -> Iterator[type[BaseException]]:
    """Yield every exception that a module of the server declares."""
    for module in pkgutil.walk_packages(ot_server.__path__, "ot_server."):
        if module.name == "ot_server.__main__":
            continue
        for value in vars(importlib.import_module(module.name)).values():
            is_ours = isinstance(value, type) and value.__module__ == module.name
            if is_ours and issubclass(value, BaseException):
                yield value


def test_every_error_of_the_server_is_one_of_the_tree() -> None:
    outside = [error for error in everything_raised() if not issubclass(error, ServerError)]
    assert not outside


def test_the_tree_is_drawn_as_it_is() -> None:
    drawing = (errors.__doc__ or "").partition("::")[2]
    drawn = [line.split("──")[-1].split()[0] for line in drawing.splitlines() if "──" in line]
    assert drawn == [
        error.__name__ for error in below(ServerError) if error.__module__ == errors.__name__
    ]
