"""All conditions that hold of one case, and of which rules about it may be made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from dsl import syntax
from memory.induction.case import Case, Withheld
from memory.induction.field import Field, can_be_written
from memory.induction.ladders.registry import LADDERS
from memory.induction.ladders.step import Around, equal, is_short
from memory.induction.literal import Literal, where_present

_ELEMENT: Final = "x"
_MOST_ELEMENTS: Final = 3
_MOST_OTHERS: Final = 3
_AGENT: Final = syntax.Path("agent", ("id",))
_ROLES: Final = syntax.Path("subject", ("roles",))
_SESSION: Final = syntax.Path("session")


@dataclass(frozen=True, slots=True)
class Sides:
    """The domains that are the organisation's own, and those of partners."""

    internal: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()


class Literals:
    """Makes conditions out of cases of one tool, in the light of the reports that agree."""

    def __init__(self, fields: Sequence[Field], agreeing: Iterable[Case], sides: Sides) -> None:
        self._fields = fields
        self._sides = sides
        self._known: dict[str, list[Literal]] = {}
        values = [(one, found) for one in agreeing for found in fields]
        seen: dict[Field, Counter[Any]] = {field: Counter() for field in fields}
        for case, field in values:
            seen[field].update(one for one in _values(field, case) if isinstance(one, str))
        self._others = {field: _frequent(found) for field, found in seen.items()}

    def of(self, case: Case) -> list[Literal]:
        """Return the conditions that are read off one case, each once, by their text."""
        if case.decision_id not in self._known:
            found = {one.text: one for one in self._all(case)}
            self._known[case.decision_id] = [found[text] for text in sorted(found)]
        return self._known[case.decision_id]

    def _all(self, case: Case) -> Iterator[Literal]:
        for field in self._fields:
            yield from self._of_field(field, case)
        yield from _around_it(case)

    def _of_field(self, field: Field, case: Case) -> Iterator[Literal]:
        value = value_at(case.features.args, field.steps)
        around = Around(self._others[field], self._sides.internal, self._sides.partners)
        for one in _told(field, value):
            if _fits(field, one):
                yield from _of_value(field, one, str(one), around)
        for level in _origins(field, value):
            asked = syntax.From(field.path, (syntax.Level(level),))
            yield Literal(field.path, _guarded(field, asked), about_origin=True)


@lru_cache(maxsize=1 << 14, typed=True)
def _of_value(field: Field, value: Any, _written: str, around: Around) -> Sequence[Literal]:
    """Return what is said of a value; it is worked out once for all cases that have it."""
    conditions = (_any_or_all if field.many else _one)(field, value, around)
    return [
        Literal(field.path, _guarded(field, one), identifies=field.identifies) for one in conditions
    ]


def _told(field: Field, value: Any) -> Sequence[Any]:
    """Return the values that conditions are made of: of a list its first elements."""
    if not field.many:
        return (value,)
    return value[:_MOST_ELEMENTS] if isinstance(value, list | tuple) else ()


def _guarded(field: Field, condition: syntax.Condition) -> syntax.Condition:
    return where_present(field.path, condition) if field.optional else condition


def _one(field: Field, value: Any, around: Around) -> Iterator[syntax.Condition]:
    yield from LADDERS[field.sort](field.path, value, around)


def _any_or_all(field: Field, element: Any, around: Around) -> Iterator[syntax.Condition]:
    """Yield what any element of a list is, and what all of them are."""
    for body in LADDERS[field.sort](syntax.Path(_ELEMENT), element, around):
        yield syntax.Quantifier("any", _ELEMENT, field.path, body)
        filled = syntax.Comparison(syntax.CallOf("len", (field.path,)), ">", syntax.Constant(0))
        every = syntax.Quantifier("all", _ELEMENT, field.path, body)
        yield syntax.And((filled, every))


def _fits(field: Field, value: Any) -> bool:
    """Tell whether a value is one that the ladder of its field can climb."""
    match str(field.sort):
        case "truth":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case "choice":
            return isinstance(value, str | int | Decimal)
        case _:
            return isinstance(value, str)


def _origins(field: Field, value: Any) -> Iterator[str]:
    """Yield where a value, or one of several, surely came from that nobody accepts."""
    withheld = [one for one in _leaves(value) if isinstance(one, Withheld)]
    if any(one.untrusted for one in withheld):
        yield "untrusted"
    if field.identifies and any(one.nowhere for one in withheld):
        yield "nowhere"


def _around_it(case: Case) -> Iterator[Literal]:
    """Yield what is known of who acts, for whom, where, and of the session."""
    features = case.features
    if features.agent is not None and is_short(features.agent):
        yield _is(_AGENT, features.agent, str(features.agent))
    for role in features.roles:
        if is_short(role):
            yield _has_role(role)
    for name, value in features.context.items():
        if isinstance(value, str | int | Decimal) and is_short(value) and _can_be_asked(name):
            yield _is(syntax.Path("context", (name,)), value, str(value))
    for label in sorted(features.labels):
        yield Literal(_SESSION, syntax.Has(None, label))


@lru_cache(maxsize=1 << 12, typed=True)
def _is(path: syntax.Path, value: Any, _written: str) -> Literal:
    return Literal(path, where_present(path, equal(path, value)))


@lru_cache(maxsize=1 << 12)
def _has_role(role: str) -> Literal:
    return Literal(_ROLES, syntax.Membership(syntax.Constant(role), _ROLES))


@lru_cache(maxsize=1 << 12)
def _can_be_asked(name: str) -> bool:
    return can_be_written(syntax.Path("context", (name,)))


def value_at(args: Mapping[str, Any], steps: Iterable[str | int]) -> Any:
    """Return what stands in a place of the arguments, or None."""
    value: Any = args
    for step in steps:
        is_map = type(value) is dict or isinstance(value, Mapping)
        value = value.get(step) if is_map else None
    return value


def _values(field: Field, case: Case) -> Sequence[Any]:
    return _leaves(value_at(case.features.args, field.steps))


def _leaves(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _frequent(found: Counter[Any]) -> tuple[Any, ...]:
    """Return the most frequent values that a list in a rule could take in beside another."""
    short = (one for one in found if is_short(one))
    return tuple(sorted(short, key=lambda one: (-found[one], one))[:_MOST_OTHERS])
