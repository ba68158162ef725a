"""The error tree: stable codes, one base."""

from __future__ import annotations

import pytest

import ot_core
from ot_core import InvalidOperation, LengthMismatch, OTError, UnknownRevision


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OTError, "ot_error"),
        (InvalidOperation, "invalid_operation"),
        (LengthMismatch, "length_mismatch"),
        (UnknownRevision, "unknown_revision"),
        (ot_core.UnexpectedAcknowledgement, "unexpected_acknowledgement"),
    ],
)
def test_each_error_has_a_code_that_wires_and_logs_rely_on(error: type[OTError], code: str) -> None:
    assert error.code == code
    assert issubclass(error, OTError)


def test_what_the_package_offers_is_there() -> None:
    assert ot_core.__all__ == sorted(ot_core.__all__)
    for name in ot_core.__all__:
        assert getattr(ot_core, name) is not None
