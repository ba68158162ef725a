"""The tree of errors: it is drawn as it is, and nothing that the server raises is outside of it."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest

import ot_server
from ot_protocol import CloseCode
from ot_server import errors
from ot_server.errors import CallersFault, OperatorsFault, ServerError, TryLater, row_of
from ot_server.http.framework.answers import PROBLEM_OF
from ot_server.http.framework.problem import ProblemType
from ot_server.socket import REFUSAL_OF
from ot_server.telemetry.logs import LEVELS


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


def leaves() -> list[type[ServerError]]:
    """Return every error of the tree that a client may meet, and that has none below it."""
    return [
        error
        for error in below(ServerError)
        if error.__module__ == errors.__name__
        and not error.__subclasses__()
        and not issubclass(error, OperatorsFault)
    ]


def test_every_error_of_the_server_is_one_of_the_tree() -> None:
    outside = [error for error in everything_raised() if not issubclass(error, ServerError)]
    assert not outside


def test_the_tree_is_drawn_as_it_is() -> None:
    drawing = (errors.__doc__ or "").partition("::")[2]
    drawn = [line.split("──")[-1].split()[0] for line in drawing.splitlines() if "──" in line]
    assert drawn == [
        error.__name__ for error in below(ServerError) if error.__module__ == errors.__name__
    ]


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_every_error_has_a_status_a_close_code_and_a_level(error: type[ServerError]) -> None:
    answer, refusal, level = (row_of(error, table) for table in (PROBLEM_OF, REFUSAL_OF, LEVELS))
    assert isinstance(answer, ProblemType)
    assert isinstance(refusal, tuple)
    assert isinstance(level, int)


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_status_close_code_and_level_agree_on_whose_fault_it_is(error: type[ServerError]) -> None:
    answer, refusal = row_of(error, PROBLEM_OF), row_of(error, REFUSAL_OF)
    assert answer
    assert refusal
    is_later = issubclass(error, TryLater)
    assert (answer.status == HTTPStatus.SERVICE_UNAVAILABLE) == is_later
    assert (refusal[0] is CloseCode.TRY_AGAIN_LATER) == is_later
    assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR or is_later
    if issubclass(error, CallersFault):
        assert row_of(error, LEVELS) == logging.DEBUG
        assert error in PROBLEM_OF, "each of them is told what it is"
