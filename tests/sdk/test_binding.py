"""What a function is called with becomes arguments by name, and turns back into the same call."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.binding import Misfit, Shape, copied


def tool(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int = 4, **more: int) -> Any:
    return a, b, c, rest, d, more


def strict(a: int, *, b: int = 2) -> Any:
    return a, b


class Method:
    """A method is called on something."""

    def tool(self, a: int) -> Any:
        return self, a

    def without(this, a: int) -> Any:  # noqa: N805 - on purpose
        return this, a


@given(
    st.lists(st.integers(), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(["d", "e", "f"]), st.integers()),
)
def test_a_call_comes_back_as_it_was(places: list[int], names: dict[str, int]) -> None:
    """Bound by name and spread again, a function is called with exactly the same values."""
    shape = Shape(tool)
    bound = shape.bind(tuple(places), names)
    again, named = shape.spread(bound.args)

    assert tool(*again, **named) == tool(*places, **names)
    assert set(bound.args) == {"a", "b", "c", "rest", "d", *names}


def test_the_receiver_of_a_method_is_no_argument() -> None:
    """`self` is left out for a method alone, not for a function that names a parameter so."""

    def self_like(self: int) -> int:
        return self

    method = Method()

    assert Shape(Method.tool).bind((method, 1), {}).args == {"a": 1}
    assert Shape(Method.tool).bind((method, 1), {}).receiver == (method,)
    assert Shape(self_like).bind((1,), {}).args == {"self": 1}
    assert set(Shape(Method.without).bind((method, 1), {}).args) == {"this", "a"}


@pytest.mark.parametrize(
    ("function", "given", "named", "says"),
    [
        (tool, (1,), {"a": 2}, "`a` is given twice"),
        (tool, (1,), {"rest": 2}, "`rest` is given twice"),
    ],
)
def test_a_name_that_stands_for_two_values_fits_nothing(
    function: Any, given: Any, named: Any, says: str
) -> None:
    """Nobody could say which of the two was judged."""
    with pytest.raises(Misfit, match=says):
        Shape(function).bind(given, named)


@pytest.mark.parametrize(
    ("function", "args", "says"),
    [
        (strict, {"b": 1}, "`a` is missing"),
        (strict, {"a": 1}, "`b` is missing"),
        (strict, {"a": 1, "b": 2, "c": 3}, "has no `c`"),
        (tool, {"a": 1, "b": 2, "c": 3, "rest": 4, "d": 5}, "`rest` is not a list"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(function: Any, args: Any, says: str) -> None:
    """Nothing is left out, put in or guessed: a dropped argument is no default."""
    with pytest.raises(Misfit, match=says):
        Shape(function).spread(args)


def test_what_python_refuses_is_a_type_error() -> None:
    """A wrong call of a guarded function fails as one of the function itself."""
    with pytest.raises(TypeError, match="missing a required argument"):
        Shape(strict).bind((), {})


def test_containers_are_copied_and_values_are_kept() -> None:
    """A copy shares no list or object with the original, and the same values."""
    thing = object()
    original = {"list": [1, {"a": 2}], "pair": (3, [4]), "thing": thing}
    made = copied(original)
    original["list"][1]["a"] = 9  # type: ignore[index]
    original["pair"][1].append(9)  # type: ignore[index]

    assert made == {"list": [1, {"a": 2}], "pair": (3, [4]), "thing": thing}
    assert made["thing"] is thing
