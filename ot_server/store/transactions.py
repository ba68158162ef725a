"""Transactions as values: one SQL for every database, which a driver performs.

A transaction is a generator: it yields statements, and gets the result of each.  A single
`Statement` is a transaction too, of one round trip.  Parameters are `$1`, `$2`, in any order.
Where databases differ, the SQL has a name, which a `Dialect` replaces.

Laws: a transaction catches no error of the database; conflicts are handled by ON CONFLICT.
It is performed once, so what it returns may depend on what it has read.
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
"""The store's clock: in seconds since 1970, constant within a statement."""
ROW_LOCK: Final = "{row_lock}"
"""At the end of a SELECT: locks its rows until the transaction ends."""
SKIP_LOCKED: Final = "{skip_locked}"
"""After `ROW_LOCK`: leaves out rows that another transaction has locked."""
JSON_LIST: Final = "{json_list}"
"""The function that makes a list of a column; without rows it is NULL or empty."""
NO_LIMIT: Final = 2**63 - 1
"""The value of LIMIT for no limit."""


def any_of(parameter: str) -> str:
    """Return the end of a condition: is among the values of a list, which is a parameter."""
    return f"{{any_of {parameter}}}"


class Dialect(Struct, frozen=True):
    """What one database has for the names."""

    now: str
    row_lock: str
    skip_locked: str
    json_list: str
    any_of: str
    """With `{}` in place of the parameter."""

    def words(self, sql: str) -> str:
        """Return SQL as this database understands it."""
        return NAME.sub(lambda name: getattr(self, name[1]).format(name[2]), sql)


NAME: Final = re.compile(r"\{(\w+)(?: (\$\d+))?\}")


class Statement(Generic[T]):
    """One SQL statement, and how its rows become a result."""

    __slots__ = ("parameters", "result", "sql")

    def __init__(
        self, sql: str, parameters: Parameters, result: Callable[[Sequence[Columns]], T]
    ) -> None:
        self.sql = sql
        self.parameters = parameters
        self.result = result
        """Makes the result from the rows."""

    def __iter__(self) -> Transaction[T]:
        """Be a step of a transaction: `found = yield from statement`."""
        return self.result((yield self))

    def then(self, and_then: Callable[[T], U]) -> Statement[U]:
        """Return the same statement with another result."""
        return Statement(self.sql, self.parameters, lambda found: and_then(self.result(found)))


class Each(Struct, frozen=True):
    """One statement, run for each of many parameters in turn; results are dropped."""

    sql: str
    parameters: Iterable[Parameters]

    def __iter__(self) -> Transaction[None]:
        yield self


class Lock(Struct, frozen=True):
    """A lock, exclusive or shared, until the transaction ends.

    There is nothing to do if only one transaction writes at a time.
    """

    key: int
    is_shared: bool = False

    def __iter__(self) -> Transaction[None]:
        yield self


Step: TypeAlias = Statement[Any] | Each | Lock
Transaction: TypeAlias = Generator[Step, Sequence[Columns], T]


class Work(Protocol[T_co]):
    """A transaction, or a single step, which is a transaction too."""

    def __iter__(self) -> Transaction[T_co]:
        """Begin the transaction: it can be performed once."""


def rows(kind: type[Row], sql: str, *parameters: object) -> Statement[list[Row]]:
    """Return a statement whose result is its rows, as values of a kind.

    A kind is a Struct, a tuple of kinds, or the type of one column, with columns in the same
    order.  A list is a column of JSON; a bool may be stored as a number.
    """
    take = taker(cast("Hashable", kind))
    return Statement(sql, parameters, lambda found: [take(iter(columns)) for columns in found])


def row(kind: type[Row], sql: str, *parameters: object) -> Statement[Row | None]:
    """Return a statement whose result is its first row, or None."""
    return rows(kind, sql, *parameters).then(lambda found: found[0] if found else None)


def one(kind: type[Row], sql: str, *parameters: object) -> Statement[Row]:
    """Return a statement whose result is its first row, which must exist."""
    return rows(kind, sql, *parameters).then(lambda found: found[0])


def some(sql: str, *parameters: object) -> Statement[bool]:
    """Return a statement whose result is whether it has rows; a change needs `RETURNING`."""
    return Statement(sql, parameters, bool)


def change(sql: str, *parameters: object) -> Statement[None]:
    """Return a statement without a result."""
    return Statement(sql, parameters, lambda _found: None)


def insert(table: str, values: Struct, **more: object) -> Statement[None]:
    """Return a statement that adds a row: its fields are columns, and so are the others given."""
    columns = msgspec.structs.asdict(values) | more
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return change(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())


@cache
def taker(kind: Hashable) -> Callable[[Iterator[Any]], Any]:
    """Return a function that takes a value of a kind (see `rows`) from columns."""
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
    """Performs transactions on one database."""

    async def perform(self, work: Work[T], mode: Mode) -> T:
        """Perform a transaction, and return its result when it is durable."""


Mode = Literal["read", "write", "long write"]
"""A read sees one moment, and changes nothing; a long write may touch a whole log."""
PATIENT_SECONDS: Final = 600.0
"""How long a long write may take."""


class Shared:
    """The base of the parts that are written once for all databases."""

    _database: Driver


Method: TypeAlias = Callable[Concatenate[S, P], Work[T]]
Call: TypeAlias = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def read(method: Method[S, P, T]) -> Call[S, P, T]:
    """Make a method that returns a transaction perform it, as one that only reads."""
    return _performing(method, "read")


def write(method: Method[S, P, T]) -> Call[S, P, T]:
    """Make a method that returns a transaction perform it."""
    return _performing(method, "write")


def long_write(method: Method[S, P, T]) -> Call[S, P, T]:
    """Make a method that returns a transaction perform it, however long it takes."""
    return _performing(method, "long write")


def _performing(method: Method[S, P, T], mode: Mode) -> Call[S, P, T]:
    @wraps(method)
    async def call(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        return await self._database.perform(method(self, *arguments, **named), mode)

    return call
