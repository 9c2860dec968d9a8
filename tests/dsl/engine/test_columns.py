"""What each column says of values of each type: possible, and sure; unknown is between the two."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from dsl import syntax
from dsl.engine.atoms import Atom, Field
from dsl.engine.columns import Column, Holds, Order, Placed, Same, Text, There, mask
from dsl.model import Cause
from dsl.types import Unknown

FIELD = Field(syntax.Path("args", ("a",)))
EVERYTHING = 0b1111  # the last clause does not look at the column
ABSENT = Unknown(Cause.MISSING, "args.a", optional=True)
MISSING = Unknown(Cause.MISSING, "args.a")
UNREADABLE = Unknown(Cause.UNREADABLE, "args.a")
UNSURE = (EVERYTHING, 0b1000)


def placed(
    form: Any, *tests: tuple[Any, ...], how: str = "", opposite: bool = False
) -> list[Placed]:
    return [
        Placed(bit, Atom(FIELD, form, how, constants, opposite, absent=bit == 2))
        for bit, constants in enumerate(tests)
    ]


SAME = Same(placed("same", ("a", "b"), ("b",), (1,)), EVERYTHING, opposite=False)
OTHER = Same(placed("same", ("a", "b"), ("b",), (1,)), EVERYTHING, opposite=True)
HOLDS = Holds(placed("holds", ("a",), ("b",), (1,)), EVERYTHING, opposite=False)
HOLDS_NOT = Holds(placed("holds", ("a",), ("b",), (1,)), EVERYTHING, opposite=True)
LIMITS: tuple[tuple[str, int | Decimal], ...] = ((">=", 5), ("<", Decimal("5.0")), ("<=", 7))
ORDER = Order(
    [
        Placed(bit, Atom(FIELD, "order", how, (limit,), opposite=False, absent=bit == 2))
        for bit, (how, limit) in enumerate(LIMITS)
    ],
    EVERYTHING,
)
TEXT = Text(
    [
        *placed("text", ("a+",), how="whole"),
        Placed(1, Atom(FIELD, "text", "end", ("a",), opposite=False, absent=False)),
        Placed(2, Atom(FIELD, "text", "part", ("x",), opposite=False, absent=True)),
    ],
    EVERYTHING,
    opposite=False,
)
THERE = There(placed("there", (), (), ()), EVERYTHING, opposite=False)
GONE = There(placed("there", (), (), (), opposite=True), EVERYTHING, opposite=True)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (SAME, "a", (0b1101, 0b1001)),  # the number is never compared with a text: unknown
        (SAME, "b", (0b1111, 0b1011)),
        (SAME, "c", (0b1100, 0b1000)),
        (SAME, 1, (0b1111, 0b1100)),
        (SAME, Decimal("1.0"), (0b1111, 0b1100)),
        (SAME, True, UNSURE),  # no number
        (SAME, Fraction(1), UNSURE),
        (SAME, Decimal("NaN"), UNSURE),
        (SAME, ["a"], UNSURE),
        (SAME, MISSING, UNSURE),
        (SAME, UNREADABLE, UNSURE),
        (SAME, ABSENT, (0b1100, 0b1100)),
        (OTHER, "a", (0b1110, 0b1010)),
        (OTHER, "c", (0b1111, 0b1011)),
        (OTHER, 1, (0b1011, 0b1000)),
        (OTHER, 2, (0b1111, 0b1100)),
        (OTHER, MISSING, UNSURE),
        (HOLDS, ["a", "b"], (0b1111, 0b1011)),
        (HOLDS, ["a", 1], (0b1111, 0b1101)),
        (HOLDS, [], (0b1000, 0b1000)),
        (HOLDS, [None], UNSURE),
        (HOLDS, "a", UNSURE),
        (HOLDS, ABSENT, (0b1100, 0b1100)),
        (HOLDS_NOT, ["a"], (0b1110, 0b1010)),
        (HOLDS_NOT, [], (0b1111, 0b1111)),
        (ORDER, 5, (0b1101, 0b1101)),
        (ORDER, Decimal("4.9"), (0b1110, 0b1110)),
        (ORDER, 6, (0b1101, 0b1101)),
        (ORDER, 10**40, (0b1001, 0b1001)),
        (ORDER, -(10**40), (0b1110, 0b1110)),
        (ORDER, True, UNSURE),
        (ORDER, "6", UNSURE),
        (ORDER, ABSENT, (0b1100, 0b1100)),
        (TEXT, "aa", (0b1011, 0b1011)),
        (TEXT, "xa", (0b1110, 0b1110)),
        (TEXT, "", (0b1000, 0b1000)),
        (TEXT, 5, UNSURE),
        (TEXT, ABSENT, (0b1100, 0b1100)),
        (THERE, 0, (0b1111, 0b1111)),
        (THERE, MISSING, (0b1000, 0b1000)),
        (THERE, UNREADABLE, UNSURE),
        (GONE, 0, (0b1000, 0b1000)),
        (GONE, MISSING, (0b1111, 0b1111)),
        (GONE, UNREADABLE, UNSURE),
    ],
)
def test_what_a_column_says(column: Column, value: Any, expected: tuple[int, int]) -> None:
    """What is possible includes what is sure, and what is unknown is possible and not sure."""
    assert expected == column.look(value)


@pytest.mark.parametrize("points", [100, 1000])
def test_thresholds_far_apart_are_found_from_what_is_kept(points: int) -> None:
    """Of many not every step has a mask of its own; those between are worked out."""
    signs = (">", ">=", "<", "<=")
    limits = [(signs[at % 4], at * 3 % points) for at in range(2 * points)]
    atoms = [
        Placed(bit, Atom(FIELD, "order", how, (limit,), opposite=False, absent=False))
        for bit, (how, limit) in enumerate(limits)
    ]
    order = Order(atoms, (1 << 2 * points) - 1)
    holds = {
        ">": lambda one, limit: one > limit,
        ">=": lambda one, limit: one >= limit,
        "<": lambda one, limit: one < limit,
        "<=": lambda one, limit: one <= limit,
    }

    for value in (-1, 0, 1, 2, 49, Decimal("49.5"), 50, 98, 99, 100, 507, 998, 999, 1000):
        expected = mask(bit for bit, (how, limit) in enumerate(limits) if holds[how](value, limit))
        assert order.look(value) == (expected, expected)
