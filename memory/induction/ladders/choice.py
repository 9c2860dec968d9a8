"""Values of which there are few, or that name something: this one, or one of up to three."""

from collections.abc import Iterator
from typing import Any, Final

from dsl import syntax
from memory.induction.ladders.step import Around, equal, is_short

_MOST: Final = 3


def choice(value: syntax.Operand, seen: Any, around: Around) -> Iterator[syntax.Condition]:
    """Yield the value itself, then lists of it and what other reports have there."""
    if not is_short(seen):
        return
    yield equal(value, seen)
    others = [one for one in around.others if _alike(one, seen) and is_short(one)]
    for many in range(1, min(len(others), _MOST - 1) + 1):
        listed = sorted((seen, *others[:many]))
        items = tuple(syntax.Constant(one) for one in listed)
        yield syntax.Membership(value, syntax.ListOf(items))


def _alike(one: Any, other: Any) -> bool:
    return one != other and isinstance(one, str) and isinstance(other, str)


def truth(value: syntax.Operand, seen: Any, _around: Around) -> Iterator[syntax.Condition]:
    """Yield the truth value itself."""
    yield equal(value, seen)
