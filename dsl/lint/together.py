"""The tests of a condition that must hold with each other, and what stands beside each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from dsl import syntax, walk
from dsl.errors import Source, Span
from dsl.lint.reading import Reading

_CONDITIONS: Final = get_args(syntax.Condition)
_LONGEST: Final = 60
_Trail = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A test that must be true for a condition to hold, or with `holds` false, that must not be.

    `trail` is where it stands: the names that lead to it, from the outermost, then itself.
    """

    test: syntax.Test
    holds: bool
    trail: _Trail

    def place_beside(self, others: Sequence["Wanted"]) -> Span:
        """Return the outermost place of this test in which none of some others stands."""
        shared = {span for other in others for span in other.trail}
        return next((span for span in self.trail if span not in shared), self.test.span)

    def shown(self, source: Source) -> str:
        """Return the test as it is written, in one line and cut where it is long."""
        text = " ".join(source.text[self.test.span.start : self.test.span.end].split())
        text = text if self.holds else f"not {text}"
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


Beside = list[Wanted]


def wanted(reading: Reading, condition: syntax.Condition | None) -> Iterator[tuple[Wanted, Beside]]:
    """Yield each test that a condition needs, with those before it that must hold beside it.

    In an `or` each branch is looked at by itself. The list changes once the next one is asked for.
    """
    if condition is not None:
        yield from _Group(reading, set()).look([(condition, True, ())], [])


_Part = tuple[Any, bool, _Trail]


class _Group:
    """Goes through one condition; each name is followed once, so that doubling names end."""

    def __init__(self, reading: Reading, seen: set[tuple[str, bool]]) -> None:
        self._reading, self._seen = reading, seen

    def look(self, parts: list[_Part], before: Beside) -> Iterator[tuple[Wanted, Beside]]:
        """Yield the tests of parts that must all hold, then those of each branch in them."""
        branches: list[list[_Part]] = []
        lists: list[Wanted] = []
        for tree, holds, trail in parts:
            for one in self._gathered(tree, trail, holds=holds):
                if isinstance(one, list):
                    branches.append(one)
                    continue
                yield one, before
                before.append(one)
                lists += [one] if isinstance(one.test, syntax.Quantifier) else []
        for branch in branches:
            for part in branch:
                yield from self.look([part], list(before))
        for one in lists:
            yield from self._of_elements(one, before)

    def _of_elements(self, one: Wanted, before: Beside) -> Iterator[tuple[Wanted, Beside]]:
        """Look at what must hold of elements; if one must be there, with what else must hold."""
        test: Any = one.test
        body = (test.body, one.holds is not (test.kind == "none"), one.trail)
        some = one.holds is (test.kind == "any")
        beside = [other for other in before if not _names(other, test.variable)] if some else []
        yield from self.look([body], beside)

    def _gathered(self, tree: Any, trail: _Trail, *, holds: bool) -> Iterator[Wanted | list[_Part]]:
        match tree:
            case syntax.And(parts) if holds:
                for part in parts:
                    yield from self._gathered(part, trail, holds=True)
            case syntax.Or(parts) if not holds:
                for part in parts:
                    yield from self._gathered(part, trail, holds=False)
            case syntax.And(parts) | syntax.Or(parts):
                yield [(part, holds, trail) for part in parts]
            case syntax.Not(inner):
                yield from self._gathered(inner, trail, holds=not holds)
            case syntax.Holds(syntax.Path(name, ())) if self._follows(name, holds=holds):
                named = self._reading.lets[name]
                yield from self._gathered(named, (*trail, tree.span), holds=holds)
            case _:
                yield Wanted(tree, holds, (*trail, tree.span))

    def _follows(self, name: str, *, holds: bool) -> bool:
        if not isinstance(self._reading.lets.get(name), _CONDITIONS):
            return False
        if (name, holds) in self._seen:
            return False
        self._seen.add((name, holds))
        return True


def _names(one: Wanted, variable: str) -> bool:
    """Tell whether a test speaks of a name; behind another name the same one may be another."""
    return any(path.root == variable for path in walk.nodes(one.test, syntax.Path))
