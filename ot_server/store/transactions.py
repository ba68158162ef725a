"""Transactions as values: one SQL for every database, which a driver performs.

A transaction is a generator: it yields statements, and is given what each of them found.  A
`Statement` alone is one too, of one round trip.  Parameters are `$1`, `$2`, in any order.  What
databases say differently is a name within the SQL, which `Dialect` puts into words.

Laws: a transaction catches no error of the database; what may be there already is ON CONFLICT.
It is performed once, so what it returns may come from what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Generator, Hashable, Iterable, Iterator, Sequence
from functools import cache, wraps
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    Literal,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import Struct

__all__ = [
    "JSON_LIST",
    "NOW",
    "NO_LIMIT",
    "PATIENT_SECONDS",
    "ROW_LOCK",
    "SKIP_LOCKED",
    "Dialect",
    "Driver",
    "Each",
    "Lock",
    "Parameters",
    "Shared",
    "Statement",
    "Step",
    "Transaction",
    "Work",
    "any_of",
    "change",
    "insert",
    "long_write",
    "one",
    "read",
    "row",
    "rows",
    "some",
    "taker",
    "write",
]

P = ParamSpec("P")
Row = TypeVar("Row")
S = TypeVar("S", bound="Shared")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

Parameters: TypeAlias = Sequence[object]
Columns: TypeAlias = Iterable[Any]

NOW: Final = "{now}"
"""The store's clock: in seconds since 1970, the same all through a statement."""
ROW_LOCK: Final = "{row_lock}"
"""At the end of a SELECT: its rows stay as they are until the transaction ends."""
SKIP_LOCKED: Final = "{skip_locked}"
"""After `ROW_LOCK`: without those that another transaction holds."""
JSON_LIST: Final = "{json_list}"
"""The function that makes a column one list; no rows are NULL or an empty one."""
NO_LIMIT: Final = 2**63 - 1
"""A LIMIT that is none."""


def any_of(parameter: str) -> str:
    """Return the end of a condition: to be one of the values in a list that is a parameter."""
    return f"{{any_of {parameter}}}"


class Dialect(Struct, frozen=True):
    """How one database says the names."""

    now: str
    row_lock: str
    skip_locked: str
    json_list: str
    any_of: str
    """With `{}` for the parameter."""

    def words(self, sql: str) -> str:
        """Return SQL as this database understands it."""
        return NAME.sub(lambda name: getattr(self, name[1]).format(name[2]), sql)


NAME: Final = re.compile(r"\{(\w+)(?: (\$\d+))?\}")


class Statement(Generic[T]):
    """One SQL statement, and what its rows come to."""

    __slots__ = ("parameters", "result", "sql")

    def __init__(
        self, sql: str, parameters: Parameters, result: Callable[[Sequence[Columns]], T]
    ) -> None:
        self.sql = sql
        self.parameters = parameters
        self.result = result
        """What these rows come to."""

    def __iter__(self) -> Transaction[T]:
        """Be the one step of a transaction: `found = yield from statement`."""
        return self.result((yield self))

    def then(self, and_then: Callable[[T], U]) -> Statement[U]:
        """Return the statement that comes to something else."""
        return Statement(self.sql, self.parameters, lambda found: and_then(self.result(found)))


class Each(Struct, frozen=True):
    """One statement, run for each of many parameters in turn; what it finds is lost."""

    sql: str
    parameters: Iterable[Parameters]

    def __iter__(self) -> Transaction[None]:
        yield self


class Lock(Struct, frozen=True):
    """To have something to oneself, or to share it with others who do, until the end.

    Nothing to do where only one transaction writes at a time.
    """

    key: int
    is_shared: bool = False

    def __iter__(self) -> Transaction[None]:
        yield self


Step: TypeAlias = Statement[Any] | Each | Lock
Transaction: TypeAlias = Generator[Step, Sequence[Columns], T]


class Work(Protocol[T_co]):
    """A transaction, or a step that is one by itself."""

    def __iter__(self) -> Transaction[T_co]:
        """Begin it: it can be performed once."""


def rows(kind: type[Row], sql: str, *parameters: object) -> Statement[list[Row]]:
    """Return a statement that comes to its rows, each of a kind.

    A kind is a Struct, a tuple of kinds, or the type of one column; its columns are in its
    order.  A list is a column of JSON, and what is stored as a number may be a bool.
    """
    take = taker(cast("Hashable", kind))
    return Statement(sql, parameters, lambda found: [take(iter(columns)) for columns in found])


def row(kind: type[Row], sql: str, *parameters: object) -> Statement[Row | None]:
    """Return a statement that comes to its first row, or None where it has none."""
    return rows(kind, sql, *parameters).then(lambda found: found[0] if found else None)


def one(kind: type[Row], sql: str, *parameters: object) -> Statement[Row]:
    """Return a statement that comes to its first row; it has one."""
    return rows(kind, sql, *parameters).then(lambda found: found[0])


def some(sql: str, *parameters: object) -> Statement[bool]:
    """Return a statement that says whether it has rows; what only changes has `RETURNING`."""
    return Statement(sql, parameters, bool)


def change(sql: str, *parameters: object) -> Statement[None]:
    """Return a statement that comes to nothing."""
    return Statement(sql, parameters, lambda _found: None)


def insert(table: str, values: Struct, **more: object) -> Statement[None]:
    """Return a statement that adds a row: its fields are columns, and so is what there is more."""
    columns = msgspec.structs.asdict(values) | more
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return change(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())


@cache
def taker(kind: Hashable) -> Callable[[Iterator[Any]], Any]:
    """Return what takes a value of a kind from columns; of kinds see `rows`."""
    if kind is bool:
        return lambda columns: bool(next(columns))
    if get_origin(kind) is Sequence:
        return lambda columns: msgspec.json.decode(next(columns), type=kind)
    if get_origin(kind) is tuple:
        takers = [taker(part) for part in get_args(kind)]
        return lambda columns: tuple([take(columns) for take in takers])
    if isinstance(kind, type) and issubclass(kind, Struct):
        fields = get_type_hints(kind)
        takers = [taker(fields[name]) for name in kind.__struct_fields__]
        return lambda columns: kind(*[take(columns) for take in takers])
    return next


class Driver(Protocol):
    """What performs transactions on one database."""

    async def perform(self, work: Work[T], mode: Mode) -> T:
        """Perform a transaction, and return what it returns when that is durable."""


Mode = Literal["read", "write", "long write"]
"""A read sees one moment, and changes nothing; a long write may touch a whole log."""
PATIENT_SECONDS: Final = 600.0
"""How long a long write may take."""


class Shared:
    """The base of what is written once for all databases."""

    _database: Driver


Method: TypeAlias = Callable[Concatenate[S, P], Work[T]]
Call: TypeAlias = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def read(method: Method[S, P, T]) -> Call[S, P, T]:
    """Let a method that returns a transaction perform it, as one that reads."""
    return _performing(method, "read")


def write(method: Method[S, P, T]) -> Call[S, P, T]:
    """Let a method that returns a transaction perform it."""
    return _performing(method, "write")


def long_write(method: Method[S, P, T]) -> Call[S, P, T]:
    """Let a method that returns a transaction perform it, however long it takes."""
    return _performing(method, "long write")


def _performing(method: Method[S, P, T], mode: Mode) -> Call[S, P, T]:
    @wraps(method)
    async def call(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        return await self._database.perform(method(self, *arguments, **named), mode)

    return call
