"""What tests say of one value against constants, and whether any value is left by all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from dsl import patterns, syntax
from dsl.evaluation.identity import Same
from dsl.lint.reading import Reading
from dsl.lint.together import Wanted
from dsl.types import Type, type_of

_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_COMPARED: Final = (Type.TEXT, Type.NUMBER, Type.TRUTH, Type.TIME, Type.DURATION)
_TEXTS: Final = ("contains", "starts_with", "ends_with", "like", "matches")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is said of a value: an operator and constants; or with `so` false, not that.

    Every value of which it is true is there, and of the type of the constants where they share one.
    """

    operator: str
    constants: tuple[Any, ...]
    so: bool = True

    @property
    def type(self) -> Type:
        """Return the type that a value must have, `ANY` where it may be one of several."""
        types = {type_of(one) for one in self.constants}
        return types.pop() if len(types) == 1 else Type.ANY

    def admits(self, value: Any) -> bool:
        """Tell whether it is true of a value."""
        if self.operator == "present":
            return self.so
        alike = [one for one in self.constants if type_of(one) is type_of(value)]
        if not self.so and len(alike) < len(self.constants):
            return False  # across types a test is unknown
        return any(_true(value, self.operator, one) for one in alike) is self.so


def none_left(said: Sequence[Said]) -> bool:
    """Tell whether no value can be as all of some things say; false where that is not certain."""
    absent = [one.operator == "present" and not one.so for one in said]
    if any(absent):
        return not all(absent)
    listed = next((one for one in said if one.operator == "in" and one.so), None)
    if listed is not None:
        return not any(all(one.admits(value) for one in said) for value in listed.constants)
    types = {one.type for one in said} - {Type.ANY}
    return len(types) > 1 or _bounds_cross(said) or _ends_clash(said)


def _bounds_cross(said: Sequence[Said]) -> bool:
    lows = [one for one in said if one.operator in (">", ">=")]
    highs = [one for one in said if one.operator in ("<", "<=")]
    return any(
        low.constants[0] > high.constants[0]
        or (low.constants[0] == high.constants[0] and low.operator + high.operator != ">=<=")
        for low in lows
        for high in highs
    )


def _ends_clash(said: Sequence[Said]) -> bool:
    begins = [one.constants[0] for one in said if one.operator == "starts_with" and one.so]
    ends = [one.constants[0] for one in said if one.operator == "ends_with" and one.so]
    return any(
        not longer.startswith(shorter)
        for group in (begins, [end[::-1] for end in ends])
        for shorter in group
        for longer in group
        if len(shorter) <= len(longer)
    )


def _true(value: Any, operator: str, constant: Any) -> bool:
    match operator:
        case "in":
            return bool(value == constant)
        case "<":
            return bool(value < constant)
        case "<=":
            return bool(value <= constant)
        case ">":
            return bool(value > constant)
        case ">=":
            return bool(value >= constant)
        case "contains":
            return constant in value
        case "starts_with":
            return bool(value.startswith(constant))
        case "ends_with":
            return bool(value.endswith(constant))
        case "like":
            return patterns.whole(patterns.from_glob(constant), value)
        case _:
            return patterns.whole(constant, value)


Of = tuple[syntax.Operand, tuple[Said, ...]]
_NOTHING: Final[tuple[Of, ...]] = ()


class Values:
    """Reads the tests of one policy as what they say of values."""

    def __init__(self, reading: Reading, kinds: Iterable[syntax.KindOf]) -> None:
        self._reading, self._lets = reading, reading.lets
        self._noted: dict[Same, tuple[Of, ...]] = {}
        fields = [field for one in kinds for field in one.fields]
        self._of_kind = {_last(field.steps) for field in fields}

    def key(self, operand: syntax.Operand) -> str:
        """Return the same text for operands that have the same value wherever both have one."""
        return _without_question(self.resolved(operand))

    def resolved(self, operand: Any) -> Any:
        """Follow an operand that is a name alone to what it stands for."""
        while isinstance(operand, syntax.Path) and operand.root in self._lets:
            inner = self._lets[operand.root]
            match inner:
                case syntax.Path(root, steps, optional):
                    steps = (*steps, *operand.steps)
                    operand = syntax.Path(root, steps, optional or operand.optional)
                case _ if operand.steps:
                    break
                case _:
                    operand = inner
        return operand

    def said(self, one: Wanted) -> tuple[Of, ...]:
        """Return what a test says, of each value in it; nothing where it compares no constants."""
        same = Same(one)
        if same not in self._noted:
            self._noted[same] = _NOTHING if self._may_lack(one) else self._read(one)
        return self._noted[same]

    def of(self, one: Wanted, key: str) -> list[Said]:
        """Return what a test says of the value with a key."""
        return [
            said for operand, more in self.said(one) if self.key(operand) == key for said in more
        ]

    def _read(self, one: Wanted) -> tuple[Of, ...]:
        match one.test:
            case syntax.Comparison(left, operator, right):
                sides = [(left, operator, right), (right, _TURNED[operator], left)]
                return tuple(of for side in sides for of in self._compared(*side, holds=one.holds))
            case syntax.Membership(left, right, negated):
                return self._among(left, right, inside=one.holds is not negated)
            case syntax.TextMatch(left, operator, right):
                constant = self.resolved(right)
                if isinstance(constant, syntax.Constant) and isinstance(constant.value, str):
                    return ((left, (Said(operator, (constant.value,), one.holds),)),)
            case syntax.PatternMatch(left, pattern):
                return ((left, (Said("matches", (pattern,), one.holds),)),)
            case syntax.Present(path):
                return ((path, (Said("present", (), one.holds),)),)
            case syntax.Holds(inner):
                return ((inner, (Said("in", (one.holds,)),)),)
        return _NOTHING

    def opposite(self, one: Wanted, other: Wanted) -> bool:
        """Tell whether one test surely cannot hold where another one does, by their form."""
        if one.holds is not other.holds and repr(one.test) == repr(other.test):
            return True
        if self._may_lack(one) or self._may_lack(other):
            return False
        (form, so), (other_form, other_so) = self._form(one), self._form(other)
        return form == other_form and so is not other_so

    def _form(self, one: Wanted) -> tuple[object, bool]:
        """Return the one form of a test and of its opposite, and whether it is that or this."""
        match one.test:
            case syntax.Comparison(left, operator, right):
                sides = [self.key(left), self.key(right)]
                if operator in ("==", "!="):
                    return ("==", *sorted(sides)), one.holds is (operator == "==")
                below = sides if operator in ("<", ">=") else sides[::-1]
                return ("<", *below), one.holds is (operator in ("<", ">"))
            case syntax.Membership(left, right, negated):
                items = self.resolved(right)
                return ("in", self.key(left), repr(items)), one.holds is not negated
        return repr(one.test), one.holds

    def _may_lack(self, one: Wanted) -> bool:
        """Tell whether a test that must not hold says nothing of its value: it may be absent."""
        nodes = () if one.holds else self._reading.nodes(one.test, syntax.Node)
        return any(getattr(node, "optional", False) for node in nodes)

    def _compared(
        self, left: syntax.Operand, operator: str, right: syntax.Operand, *, holds: bool
    ) -> Iterable[Of]:
        constant = self._constant(right)
        if constant is None:
            return
        if operator in ("==", "!="):
            if not self._by_kind(left):
                yield left, (Said("in", (constant,), holds is (operator == "==")),)
        else:
            yield left, (Said(operator if holds else _OPPOSITE[operator], (constant,)),)

    def _among(self, left: syntax.Operand, right: Any, *, inside: bool) -> tuple[Of, ...]:
        if isinstance(right, syntax.Range):
            ends = self._constant(right.low), self._constant(right.high)
            if not inside or None in ends:
                return _NOTHING
            return ((left, (Said(">=", (ends[0],)), Said("<=", (ends[1],)))),)
        items = self.resolved(right)
        constants = [self._constant(item) for item in getattr(items, "items", ())]
        if not isinstance(items, syntax.ListOf) or None in constants or self._by_kind(left):
            return _NOTHING
        return ((left, (Said("in", tuple(constants), inside),)),)

    def _constant(self, node: Any) -> Any | None:
        """Return the value of a constant that can be compared; a day is its first moment."""
        found = self.resolved(node)
        value = found.value if isinstance(found, syntax.Constant) else None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min)
        return value if type_of(value) in _COMPARED else None

    def _by_kind(self, operand: syntax.Operand) -> bool:
        """Tell whether an operand may be compared in the form of a declared kind."""
        match self.resolved(operand):
            case syntax.Path("args" | "past", steps) | syntax.FieldOf(_, steps):
                return _last(steps) in self._of_kind
            case syntax.Path("tool" | "now" | "agent" | "subject" | "session" | "context"):
                return False
            case syntax.Path():
                return bool(self._of_kind)
        return False


def _last(steps: tuple[str | int, ...]) -> str | None:
    named = [step for step in steps if isinstance(step, str) and step != syntax.EACH]
    return named[-1] if named else None


def _without_question(operand: object) -> str:
    return repr(operand).replace("optional=True", "optional=False")
