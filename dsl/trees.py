"""Trees of policies as bytes, and back: sooner than their text is read, and nothing but data.

A tree is written from its leaves up. Each leaf and each node stands once, however often it occurs;
nodes of one class whose parts were written before stand together, a column for each field. Reading
makes all of them at once, which is much sooner done than reading the text. What is read is
believed: whoever keeps these bytes must know that nobody else changed them.
"""

import json
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice, repeat
from typing import Any, Final, TypeVar

from dsl import syntax
from dsl.errors import Span
from dsl.model import Effect, SourceLine
from dsl.types import Percent

A = TypeVar("A")
_SHORT: Final = 16  # parts of a tuple that stands among others of its length
_COLUMN: Final = "I"
_SIZE: Final = 8  # bytes that say how long the head is
_AT_ONCE: Final = 2_000  # that are made in one step, in which no other thread has a turn


class NoTree(ValueError):
    """Bytes that hold no tree, or one of another version."""


def write(policy: syntax.Policy) -> bytes:
    """Write a policy; `read` returns one that is equal to it, places included."""
    found = _Leaves()
    whole = found.of((policy.header, policy.statements))
    batches, number = _in_order(found)
    head = [[(kind, len(rows)) for kind, rows in batches], number[whole]]
    columns = [
        array(_COLUMN, [number[part] for part in column])
        for kind, rows in batches
        for column in _columns(kind, rows)
    ]
    columns.append(array(_COLUMN, policy.starts))
    lengths = array(_COLUMN, [len(one) for one in columns])
    lines = [[*head, len(lengths)], *_some(found.leaves)]
    told = "\n".join(json.dumps(one, separators=(",", ":")) for one in lines).encode()
    parts = [len(told).to_bytes(_SIZE, "big"), told, lengths.tobytes()]
    return b"".join([*parts, *(one.tobytes() for one in columns)])


def read(content: bytes) -> syntax.Policy:
    """Read a policy that `write` wrote, or raise `NoTree`."""
    try:
        return _read(content)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise NoTree(f"the bytes hold no tree: {error}") from error


_Kind = tuple[str, int]  # the name of a class, or of a container and how many parts it has


class _Leaves:
    """Gives a number to each leaf and each node; equal ones in equal places have the same."""

    def __init__(self) -> None:
        self.leaves: list[Any] = []
        self._known: dict[Any, int] = {}
        self.nodes: list[tuple[int, _Kind, tuple[int, ...]]] = []  # level, kind, parts
        self._levels: list[int] = []

    def of(self, value: Any) -> int:
        """Return the number of a value."""
        kind = type(value)
        if kind in _LEAVES:
            letter, writes, _ = _LEAVES[kind]
            return self._leaf(letter, writes(value))
        if kind is tuple:
            return self._node(("tuple", len(value)), [self.of(one) for one in value])
        if kind is list:
            return self._node(("list", 1), [self.of(tuple(value))])
        if kind is dict:
            return self._node(("dict", 2), [self.of(tuple(value)), self.of(tuple(value.values()))])
        parts = [self.of(getattr(value, name)) for name in _fields(_CLASSES[kind.__name__])]
        return self._node((kind.__name__, len(parts)), parts)

    def _leaf(self, *leaf: Any) -> int:
        found = self._known.get(leaf)
        if found is None:
            found = self._known[leaf] = len(self._levels)
            self.leaves.append(leaf)
            self._levels.append(0)
            self.nodes.append((0, ("", 0), ()))
        return found

    def _node(self, kind: _Kind, parts: Iterable[int]) -> int:
        key = (kind, tuple(parts))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._levels)
            level = 1 + max([self._levels[one] for one in key[1]], default=0)
            self._levels.append(level)
            self.nodes.append((level, kind, key[1]))
        return found


def _in_order(found: _Leaves) -> tuple[list[tuple[_Kind, list[tuple[int, ...]]]], dict[int, int]]:
    """Put nodes together that are made at once, and number all as they are made."""
    together: dict[tuple[int, _Kind], list[int]] = {}
    order = []
    for number, (level, kind, _) in enumerate(found.nodes):
        if level:
            together.setdefault((level, kind), []).append(number)
        else:
            order.append(number)
    batches = []
    for (_, kind), numbers in sorted(together.items()):
        batches += [(kind, [found.nodes[one][2] for one in some]) for some in _some(numbers)]
        order += numbers
    return batches, {old: new for new, old in enumerate(order)}


def _some(items: Sequence[A]) -> Iterator[Sequence[A]]:
    """Yield items a few at a time."""
    return (items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE))


def _columns(kind: _Kind, rows: Sequence[tuple[int, ...]]) -> Iterator[Sequence[int]]:
    if kind[0] == "tuple" and kind[1] > _SHORT:
        yield from rows  # each is a column of its own
    elif kind[1]:
        yield from zip(*rows, strict=True)


@dataclass(slots=True)
class _Columns:
    """The columns that are still to be read."""

    content: memoryview
    lengths: Iterator[int]
    at: int

    def next(self) -> "array[int]":
        column = array(_COLUMN)
        length = next(self.lengths, None)
        if length is None:
            raise NoTree("a column is missing")
        end = self.at + length * column.itemsize
        column.frombytes(self.content[self.at : end])
        self.at = end
        return column


def _read(content: bytes) -> syntax.Policy:
    at = _SIZE + int.from_bytes(content[:_SIZE], "big")
    first, *more = content[_SIZE:at].split(b"\n")
    batches, whole, many = json.loads(first)
    lengths = array(_COLUMN)
    rest = at + many * lengths.itemsize
    lengths.frombytes(content[at:rest])
    columns = _Columns(memoryview(content), iter(lengths), rest)
    pool = [_READERS[kind](written) for line in more for kind, written in json.loads(line)]
    for (name, many_parts), rows in batches:
        pool.extend(_made(name, many_parts, rows, columns, pool))
    header, statements = pool[whole]
    starts = tuple(columns.next())
    if columns.at != len(content) or len(starts) not in (0, len(statements)):
        raise NoTree("the bytes do not end where they should")
    return syntax.Policy(header, statements, starts)


def _made(name: str, parts: int, rows: int, columns: _Columns, pool: list[Any]) -> list[Any]:
    """Make all nodes of a batch; their parts are in the pool."""
    part = pool.__getitem__
    if name == "tuple" and parts > _SHORT:
        return [tuple(map(part, columns.next())) for _ in range(rows)]
    given = [map(part, columns.next()) for _ in range(parts)]
    if name == "tuple":
        return list(islice(zip(*given, strict=True), rows)) if parts else [()] * rows
    if name == "list":
        return list(map(list, given[0]))
    if name == "dict":
        return [dict(zip(*pair, strict=True)) for pair in zip(*given, strict=True)]
    kind = _CLASSES[name]
    nodes: list[Any] = list(map(object.__new__, repeat(kind, rows)))
    for field, column in zip(_fields(kind), given, strict=True):
        setter = getattr(kind, field).__set__  # past `frozen`, as nobody has seen the node yet
        deque(map(setter, nodes, column), maxlen=0)
    return nodes


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _nodes() -> dict[str, type]:
    found = [getattr(syntax, name) for name in dir(syntax)]
    kinds = [one for one in found if isinstance(one, type) and is_dataclass(one)]
    return {one.__name__: one for one in (*kinds, Span, Percent, SourceLine)}


_CLASSES: Final = _nodes()


def _length(written: Sequence[int]) -> timedelta:
    return timedelta(*written)


# How a leaf is written, and read again: by its class, under a letter.
_LEAVES: Final[dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    str: ("s", str, str),
    int: ("i", str, int),
    bool: ("b", int, bool),
    type(None): ("n", lambda _: 0, lambda _: None),
    Decimal: ("d", str, Decimal),
    Effect: ("e", str, Effect),
    timedelta: ("l", lambda one: (one.days, one.seconds, one.microseconds), _length),
    date: ("y", date.isoformat, date.fromisoformat),
    datetime: ("t", datetime.isoformat, datetime.fromisoformat),
}
_READERS: Final = {letter: reads for letter, _, reads in _LEAVES.values()}
