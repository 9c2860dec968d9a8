"""The tests that are written for a rule which a person takes over."""

from typing import Any

import pytest

from app.learning.trying import tests_of as written_for
from dsl import syntax
from dsl.errors import Source
from dsl.parse import parse
from dsl.show.statements import show
from tests.memory.induction import world


def rule(condition: str) -> syntax.Rule:
    text = f"overlay memory version 1;\nrule m: ask send when {condition};"
    return parse(Source("memory", text)).rules[0]


def shown(condition: str, args: dict[str, Any], schema: Any) -> str:
    found = written_for(rule(condition), world.case(1, args), schema)
    return "\n".join(map(show, found))


@pytest.mark.parametrize(
    ("said", "made_up"),
    [
        ({"type": ["string", "null"]}, '"something"'),
        ({"type": ["null", "integer"]}, "1"),
        ({"enum": ["prod", "test"]}, '"prod"'),
    ],
)
def test_what_a_tool_needs_beside_is_made_up(said: Any, made_up: str) -> None:
    """Of whatever type a schema says that it is, also of one of several."""
    schema = {"required": ["to", "other"], "properties": {"other": said}}
    told = shown('args.to == "a"', {"to": "a"}, schema)

    assert made_up in told.partition("other")[2]
