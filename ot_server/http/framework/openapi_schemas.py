"""JSON schemas of Structs, with the words that stand below their fields.

msgspec writes the schemas.  It doesn't know those strings, which Python throws away, and it
leaves patterns in Python's syntax, where ECMAScript's is expected.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec.inspect import StructType, multi_type_info

__all__ = ["json_schemas"]

Schema = dict[str, Any]


def json_schemas(types: Iterable[Any]) -> tuple[dict[Any, Schema], Schema]:
    """Return a schema for each type, and the components that they refer to."""
    wanted = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(
        wanted, ref_template="#/components/schemas/{name}"
    )
    for struct in _structs(multi_type_info(wanted)):
        component = components[struct.__name__]
        said = _field_docs(struct)
        for field in msgspec.structs.fields(struct):
            if text := said.get(field.name):
                schema = component["properties"][field.encode_name]
                if "$ref" in schema:  # older tools ignore words beside it
                    schema = {"allOf": [dict(schema)]}
                    component["properties"][field.encode_name] = schema
                schema.setdefault("description", text)
    for schema in (*schemas, *components.values()):
        _write_patterns_anew(schema)
    return dict(zip(wanted, schemas, strict=True)), components


def _structs(infos: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    """Yield every Struct that these types are made of, once."""
    seen: set[int] = set()
    left = list(infos)
    while left:
        info = left.pop()
        if isinstance(info, tuple | list):
            left += info
        elif isinstance(info, msgspec.Struct) and id(info) not in seen:
            seen.add(id(info))
            if isinstance(info, StructType):
                yield info.cls
            left += [getattr(info, name) for name in info.__struct_fields__]


def _field_docs(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the string that stands below each field, where one does."""
    docs: dict[str, str] = {}
    for base in reversed(struct.__mro__):
        if base in (object, msgspec.Struct) or not issubclass(base, msgspec.Struct):
            continue
        try:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        except OSError:  # installed without its sources: the words are missing then
            continue
        assert isinstance(tree, ast.ClassDef)
        for field, below in zip(tree.body, tree.body[1:], strict=False):
            match field, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    docs[name] = " ".join(text.split())
                case _:
                    pass
    return docs


def _write_patterns_anew(schema: Any) -> None:
    r"""Replace Python's ``\Z``, which other languages lack, by the ``$`` that it is there."""
    if isinstance(schema, list):
        for part in schema:
            _write_patterns_anew(part)
    elif isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            schema["pattern"] = pattern.removesuffix(r"\Z") + "$" * pattern.endswith(r"\Z")
        for part in schema.values():
            _write_patterns_anew(part)
