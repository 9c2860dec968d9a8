"""LangChain: how values of Python become JSON, and when two of them are one."""

import enum
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from pydantic import BaseModel  # noqa: E402

from drawbar.fault import Fault  # noqa: E402
from drawbar.langchain.plain import plain, same, shown_text, told  # noqa: E402


class Color(enum.Enum):
    RED = "red"


class Point(BaseModel):
    x: int
    color: Color = Color.RED


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Point(x=1), {"x": 1, "color": "red"}),
        ((1, 2.5, None, True), [1, 2.5, None, True]),
        ({"a": {"b": Path("x/y")}}, {"a": {"b": "x/y"}}),
        (datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02T00:00:00+00:00"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (Decimal("0.10"), Decimal("0.10")),
    ],
)
def test_values_become_what_json_holds(value: Any, json: Any) -> None:
    """What a tool takes may be more than JSON; policies judge what JSON makes of it."""
    assert plain(value) == json


@pytest.mark.parametrize("value", [b"x", object(), {1: 2}, {"a": {1, 2}}])
def test_what_json_cannot_hold_is_no_argument(value: Any) -> None:
    """Such a call is refused, and such a result is told as the text that a model would read."""
    with pytest.raises(Fault):
        plain(value)
    assert isinstance(told(value), str)


@pytest.mark.parametrize(
    ("left", "right", "one"),
    [
        ({"a": 1, "b": [1.0]}, {"b": [Decimal("1.00")], "a": 1}, True),
        (0.1, Decimal("0.1"), True),
        (0.1, Decimal("0.1000000000000000055511151231257827"), False),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, False, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1, 2], [2, 1], False),
    ],
)
def test_two_values_are_one_or_not(left: Any, right: Any, one: bool) -> None:  # noqa: FBT001
    """Numbers by what is written, everything else by kind and value."""
    assert same(left, right) is one
    assert same(right, left) is one


def test_the_client_itself_loads_no_framework() -> None:
    """Who does not use an adapter need not have its framework, nor wait for it."""
    code = "import sys, drawbar; print({'langchain', 'langgraph', 'mcp'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_numbers_that_rules_left_are_shown_as_they_are() -> None:
    """A number of many digits stays a number, with all of them."""
    digits = Decimal("12345678901234567890.0123456789")

    assert shown_text({"a": [digits], "b": "ö"}) == f'{{"a":[{digits}],"b":"ö"}}'
    assert shown_text("as it is") == "as it is"
