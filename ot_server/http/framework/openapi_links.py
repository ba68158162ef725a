"""Links from an answer to the calls whose paths its ids fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.inspect import IntType, ListType, StrType, StructType, type_info

from ot_server.http.framework.routing import Endpoint

__all__ = ["PARAMETER", "links"]

PARAMETER: Final = re.compile(r"{(\w+)}")


def links(endpoint: Endpoint, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the links of an answer, by the name of the call that they lead to.

    What is called ``user_id`` somewhere in the answer, or ``id`` in a User, fills in
    ``{user_id}``; the other parameters of a path are the request's.
    """
    answered = dict(reversed(list(_places(type_info(endpoint.answer), "$response.body#"))))
    asked = {name: f"$request.path.{name}" for name in PARAMETER.findall(endpoint.path)}
    found: dict[str, Any] = {}
    for other in endpoints:
        names = PARAMETER.findall(other.path)
        is_new = any(name in answered and name not in asked for name in names)
        if is_new and all(name in answered or name in asked for name in names):
            filled = {name: asked.get(name) or answered[name] for name in names}
            found[other.handler.__name__] = {
                "operationId": other.handler.__name__,
                "parameters": filled,
            }
    return found


def _places(info: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters that this type of answer fills in, and from where; outer ones first."""
    if not isinstance(info, StructType):
        return
    deeper: list[tuple[Any, str]] = []
    for field in info.fields:
        place = f"{pointer}/{field.encode_name}"
        if isinstance(field.type, StrType | IntType):
            is_id = field.encode_name == "id"
            yield (f"{_called(info.cls)}_id" if is_id else field.encode_name), place
        elif isinstance(field.type, ListType):
            deeper.append((field.type.item_type, f"{place}/0"))
        else:
            deeper.append((field.type, place))
    for part in deeper:
        yield from _places(*part)


def _called(struct: type[Any]) -> str:
    """Return what a Struct shows: a SessionView shows a session, and so do those made of it."""
    *_, first = (base for base in struct.__mro__ if issubclass(base, Struct) and base != Struct)
    return first.__name__.removesuffix("View").lower()
