"""`Operation`, the one value that everything else passes around.

Lengths and positions are Unicode code points, Python's own ``len()``.  Text is
Unicode scalar values: half of a surrogate pair is refused.  Nothing else about
text is touched: no normalisation, no trimming.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, final

from ot_core.compact import read_compact, write_compact
from ot_core.components import MAX_LENGTH, TOO_LONG, Component, check, merged
from ot_core.compose import compose_components
from ot_core.errors import InvalidOperation, LengthMismatch

__all__ = ["Operation", "Text"]


class Text(Protocol):
    """What an operation is inverted against: a ``str`` or a `TextBuffer`."""

    def __len__(self) -> int: ...
    def __getitem__(self, where: slice, /) -> str: ...


@final
class Operation:
    """One walk over a text: retains, inserts and deletes, from its start to its end.

    The retains and deletes add up to `base_length`, the retains and inserts to
    `target_length`.  An operation is only ever applied to a text of exactly its
    base length, so replicas that have come apart are found early.

    >>> Operation([2, "!", -1]).apply("hi?")
    'hi!'

    Adjacent components of one kind are merged.  Inserts and deletes keep their
    order: ``["x", -1]`` and ``[-1, "x"]`` put x on different sides of what
    somebody else inserts there.

    Operations are immutable, hashable and equal when their components are.

    Raises:
        InvalidOperation: a component is malformed, or the lengths exceed
            2**31 - 1 code points.
    """

    __slots__ = ("base_length", "components", "target_length")

    components: tuple[Component, ...]
    base_length: int
    target_length: int

    def __init__(
        self,
        components: Iterable[Component] = (),
        _base_length: int = -1,
        _target_length: int = -1,
    ) -> None:
        if _base_length >= 0:  # see `sound`
            self.components = tuple(components)
            self.base_length = _base_length
            self.target_length = _target_length
            return
        run = merged(map(check, components))
        base_length = target_length = 0
        for component in run:
            if isinstance(component, str):
                target_length += len(component)
            elif component < 0:
                base_length -= component
            else:
                base_length += component
                target_length += component
        if max(base_length, target_length) > MAX_LENGTH:
            raise InvalidOperation(TOO_LONG)
        self.components = tuple(run)
        self.base_length = base_length
        self.target_length = target_length

    @staticmethod
    def sound(components: Sequence[Component], base_length: int, target_length: int) -> Operation:
        """Make an operation from components that are known to be sound, without checking them.

        For the engine's own results, which are merged and have these lengths.
        """
        # Through the constructor, because mypyc can't make an instance without it.
        return Operation(components, base_length, target_length)

    @classmethod
    def noop(cls, length: int) -> Operation:
        """The operation that keeps a text of `length` code points as it is."""
        return cls([length] if length else [])

    @classmethod
    def replace(cls, length: int, start: int, stop: int, text: str) -> Operation:
        """Put `text` in place of ``[start, stop)`` in a text of `length` code points.

        It deletes first, then inserts, as a person does.

        >>> Operation.replace(5, 1, 3, "e")
        Operation([1, -2, 'e', 2])

        Raises:
            InvalidOperation: not 0 <= start <= stop <= length, or `text` is
                not sound.
        """
        if not 0 <= start <= stop <= length:
            raise InvalidOperation(f"no range {start}..{stop} in {length} code points")
        walk: list[Component] = [start, start - stop, text, length - stop]
        return cls(component for component in walk if component)

    @property
    def is_noop(self) -> bool:
        """Whether it leaves every text as it is."""
        components = self.components
        return not components or (len(components) == 1 and components[0] == self.base_length)

    def apply(self, text: str) -> str:
        """Return the text after this operation.

        Costs O(length of the text); where keystroke follows keystroke, use a
        `TextBuffer`.

        Raises:
            LengthMismatch: the text doesn't have `base_length` code points.
        """
        self._require_base(len(text))
        parts: list[str] = []
        position = 0
        for component in self.components:
            if isinstance(component, str):
                parts.append(component)
            elif component > 0:
                parts.append(text[position : position + component])
                position += component
            else:
                position -= component
        return "".join(parts)

    def invert(self, text: Text) -> Operation:
        """Return the operation that takes this one back; `text` is the text before it.

        >>> Operation([1, -1, "c"]).invert("ab")
        Operation([1, 'b', -1])

        Raises:
            LengthMismatch: the text doesn't have `base_length` code points.
        """
        self._require_base(len(text))
        inverse: list[Component] = []
        position = 0
        for component in self.components:
            if isinstance(component, str):
                inverse.append(-len(component))
            elif component > 0:
                inverse.append(component)
                position += component
            else:
                inverse.append(text[position : position - component])
                position -= component
        return Operation.sound(inverse, self.target_length, self.base_length)

    def compose(self, other: Operation) -> Operation:
        """Return "this, then `other`" as one operation, exactly.

        >>> Operation([1, -1]).compose(Operation([1, "c"]))
        Operation([1, -1, 'c'])

        Raises:
            LengthMismatch: `other` was not made for this one's result.
        """
        other._require_base(self.target_length)
        return Operation.sound(
            compose_components(self.components, other.components),
            self.base_length,
            other.target_length,
        )

    def to_wire(self) -> list[Component]:
        """Return the JSON form: the components, as an array."""
        return list(self.components)

    @classmethod
    def from_wire(cls, untrusted: object) -> Operation:
        """Read the JSON form of an operation, which may come from anybody.

        Raises:
            InvalidOperation: it is no operation, or an insert holds U+0000 or
                a carriage return: line ends are "\\n" on the wire.
        """
        if not isinstance(untrusted, list | tuple):
            raise InvalidOperation(f"an operation is an array, not {type(untrusted).__name__}")
        operation = cls(untrusted)
        for component in operation.components:
            if isinstance(component, str) and ("\0" in component or "\r" in component):
                raise InvalidOperation("an insert holds U+0000 or a carriage return")
        return operation

    def to_compact(self) -> str:
        """Return the compact form, a short text; its grammar is in `ot_core.compact`.

        >>> Operation([5, "abc", -2, 10]).to_compact()
        '5=3+abc2-10='
        """
        return write_compact(self.components)

    @classmethod
    def from_compact(cls, untrusted: object) -> Operation:
        """Read the compact form of an operation, which may come from anybody.

        Raises:
            InvalidOperation: it is no operation, or isn't the one form that
                this operation has, or holds what `from_wire` refuses.
        """
        return cls.from_wire(read_compact(untrusted))

    def _require_base(self, length: int) -> None:
        if length != self.base_length:
            raise LengthMismatch(
                f"an operation on {self.base_length} code points can't follow {length} of them"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Operation) and self.components == other.components

    def __hash__(self) -> int:
        return hash(self.components)

    def __repr__(self) -> str:
        return f"Operation({list(self.components)!r})"
