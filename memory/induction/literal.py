"""One condition that a rule may be made of, in the words of the language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from dsl import syntax
from dsl.show.expressions import show_expression


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition and the one place that it reads; equal where it reads the same.

    `identifies`: what stands there names something, and should come from somewhere.
    """

    place: syntax.Path
    condition: syntax.Condition = field(compare=False)
    about_origin: bool = False
    identifies: bool = False
    text: str = field(init=False)
    where: str = field(init=False)  # its place, as it is written
    subject: str = field(init=False)  # what a rule tests but once: a value, or its origin

    def __post_init__(self) -> None:
        where = str(self.place)
        object.__setattr__(self, "text", show_expression(self.condition))
        object.__setattr__(self, "where", where)
        object.__setattr__(self, "subject", f"origin of {where}" if self.about_origin else where)

    @property
    def guards(self) -> "tuple[Literal, ...]":
        """Return what a rule that softens adds for it: nobody outside chose what it tests."""
        return _guards(self.place, identifies=self.identifies)


@lru_cache(maxsize=4096)
def _guards(place: syntax.Path, *, identifies: bool) -> tuple[Literal, ...]:
    if place.root != "args":
        return ()
    levels = ("untrusted", "nowhere") if identifies else ("untrusted",)
    asked = (syntax.From(place, (syntax.Level(one),)) for one in levels)
    return tuple(Literal(place, syntax.Not(one), about_origin=True) for one in asked)


def both(parts: Iterable[syntax.Condition]) -> syntax.Condition:
    """Join conditions, each of them once, without parentheses that nobody needs."""
    flat: dict[str, syntax.Condition] = {}
    for part in parts:
        for one in part.parts if isinstance(part, syntax.And) else (part,):
            flat.setdefault(show_expression(one), one)
    found = tuple(flat.values())
    return found[0] if len(found) == 1 else syntax.And(found)


def where_present(path: syntax.Path, condition: syntax.Condition) -> syntax.Condition:
    """Ask first whether a value is there: else the rule would apply to all calls without it."""
    return both((syntax.Present(path), condition))
