"""The tests that are written for a rule which a person takes over."""

from typing import Any, Final

import pytest

from app.learning.trying import tests_of as written_for
from dsl import syntax
from dsl.errors import Source
from dsl.parse import parse
from dsl.show.statements import show
from memory.induction.case import Withheld
from tests.memory.induction import world


def rule(condition: str) -> syntax.Rule:
    text = f"overlay memory version 1;\nrule m: ask send when {condition};"
    return parse(Source("memory", text)).rules[0]


def shown(condition: str, args: dict[str, Any], schema: Any, **more: Any) -> str:
    found = written_for(rule(condition), world.case(1, args, **more), schema)
    return "\n".join(map(show, found))


TWO: Final = 'context.channel == "mail"'


def test_a_test_tells_nothing_of_a_call_that_its_rule_does_not_speak_of() -> None:
    """Neither other context, nor what else stands in the same object: policies are for all."""
    schema = {"properties": {"meta": {"properties": {"region": {"enum": ["eu", "us"]}}}}}
    args = {"meta": {"region": "eu", "note": "secret one"}, "to": "secret two"}
    context = {"channel": "mail", "ticket": "secret three"}
    told = shown(f'args.meta.region == "eu" and {TWO}', args, schema, context=context)

    assert '"eu"' in told
    assert '"mail"' in told
    assert "secret" not in told
    assert shown('args.meta.region == "eu"', {"meta": {"region": Withheld()}}, schema) == ""


@pytest.mark.parametrize(
    ("said", "made_up"),
    [
        ({"type": ["string", "null"]}, '"something"'),
        ({"type": ["null", "integer"]}, "1"),
        ({"enum": ["prod", "test"]}, '"prod"'),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}}, "true"),
    ],
)
def test_what_a_tool_needs_beside_is_made_up(said: Any, made_up: str) -> None:
    """Of whatever type a schema says that it is, also of one of several."""
    schema = {"required": ["to", "other"], "properties": {"other": said}}
    told = shown('args.to == "a"', {"to": "a"}, schema)

    assert made_up in told.partition("other")[2]
