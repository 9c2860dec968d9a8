"""What comes keyed by an id can be looked through like a list."""

from typing import Any

import pytest

from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope
from dsl.model import Cause
from dsl.types import Truth, Unknown
from tests.dsl.making import NOW, call, condition

CARD = {"id": "card-1", "source": "card"}


def holds(text: str, **args: Any) -> Truth:
    """Return what a condition comes to for these arguments."""
    return conditions.evaluate(condition(text), Scope(call(args=args), NOW))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('any m in values(args.methods): m.id == "card-1"', True),
        ('any m in values(args.methods): m.id == "card-2"', False),
        ("len(values(args.methods)) == 1", True),
    ],
)
def test_the_values_of_an_object_are_a_list(text: str, expected: Truth) -> None:
    """Tests over lists work on what an object holds."""
    assert holds(text, methods={"card-1": CARD}) is expected


def test_the_names_in_an_object_are_no_values() -> None:
    """A name that stands for something else proves nothing."""
    assert holds('"card-2" in values(args.methods)', methods={"card-2": "card-1"}) is False


@pytest.mark.parametrize("given", [[CARD], "card-1", 5, True])
def test_anything_but_an_object_is_unknown(given: Any) -> None:
    """A list in place of the object is no empty object: a rule that forbids still applies."""
    found = holds('any m in values(args.methods): m.id == "card-1"', methods=given)

    assert isinstance(found, Unknown)
    assert found.cause is Cause.WRONG_TYPE


def test_what_is_empty_in_an_object_is_no_value() -> None:
    """A test of an element that is null is unknown, as in a list."""
    found = holds('any m in values(args.methods): m == "card-1"', methods={"a": None})

    assert isinstance(found, Unknown)
    assert found.cause is Cause.MISSING


def test_a_large_object_costs_what_a_large_list_costs() -> None:
    """The bound on the steps of a rule holds for objects as well."""
    found = holds(
        "any m in values(args.many): m == 1", many=dict.fromkeys(map(str, range(200_000)), 0)
    )

    assert isinstance(found, Unknown)
    assert found.cause is Cause.TOO_MUCH
