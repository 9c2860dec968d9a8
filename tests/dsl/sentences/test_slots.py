"""What a sentence does not name is meant only where there is nothing else that it could mean."""

import json
from typing import Any

import pytest

from dsl import syntax, toolspec
from dsl.errors import Source
from dsl.lint.reading import Reading
from dsl.parse import parse
from dsl.sentences.meaning import meaning
from dsl.sentences.slots import Meant
from dsl.show.expressions import show_expression

ADDRESS = {"type": "string", "format": "email"}
NUMBER = {"type": "number"}
MAIL = 'judge("Never write outside corp.com." as domain_allow forbids)'
SIZE = 'judge("Never pay more than 100." as num_max forbids)'


def tool(name: str, *optional: str, **arguments: Any) -> dict[str, Any]:
    required = [one for one in arguments if one not in optional]
    schema = {"type": "object", "properties": arguments, "required": required}
    return {"name": name, "inputSchema": schema}


def shown(judge: str, *tools: dict[str, Any], before: str = "") -> str:
    """Return what a sentence means in a rule on all of some tools."""
    names = ", ".join(one["name"] for one in tools)
    text = f"policy p version 1;\n{before}rule r: deny {names} when {judge} >= 0.5;\n"
    policy = parse(Source("p.bar", text))
    reading = Reading(policy, toolspec.read(Source("t.json", json.dumps(list(tools)))))
    (judged,) = reading.nodes(policy.rules[0].condition, syntax.Judged)
    found = meaning(judged, policy.rules[0], policy, reading)
    return show_expression(found.condition) if isinstance(found, Meant) else f"! {found.why}"


def test_all_addresses_of_a_tool_are_meant() -> None:
    """Mail that goes to a copy outside goes outside."""
    said = shown(MAIL, tool("mail", to=ADDRESS, bcc={"type": "array", "items": ADDRESS}))
    inside = '["corp.com"]'
    each = f"any one in args.bcc: domain(one) not in {inside}"
    assert said == f"domain(args.to) not in {inside} or {each}"


@pytest.mark.parametrize(
    "tools",
    [
        (tool("mail", to=ADDRESS), tool("post", to=ADDRESS, cc=ADDRESS)),
        (tool("mail", to=ADDRESS, more={"type": "object"}),),
        (tool("mail", to=ADDRESS, more={"type": "array", "items": {"type": "object"}}),),
        (tool("mail", to=ADDRESS, more={}),),
    ],
)
def test_an_address_that_no_test_would_reach_makes_it_mean_nothing(tools: Any) -> None:
    """In another tool of the rule, or inside of what nobody looks into."""
    assert shown(MAIL, *tools).startswith("! ")


@pytest.mark.parametrize(
    "opened", [{"additionalProperties": True}, {"patternProperties": {"cc$": ADDRESS}}]
)
def test_where_calls_have_more_than_is_listed_the_argument_must_be_named(opened: Any) -> None:
    """A copy to somebody outside could stand in what the tools file does not list."""
    mail = tool("mail", to=ADDRESS)
    mail["inputSchema"] |= opened
    assert shown(MAIL, mail).startswith("! ")
    named = MAIL.replace("Never write outside", "Never write with `to` outside")
    assert shown(named, mail) == 'domain(args.to) not in ["corp.com"]'


def test_of_two_numbers_one_must_be_named() -> None:
    """Else the limit would stand on either."""
    pay = tool("pay", amount=NUMBER, fee=NUMBER)
    assert shown(SIZE, pay) == "! it does not say which argument is meant: `amount`, `fee`"
    named = SIZE.replace("more than", "a fee of more than")
    assert shown(named, pay) == "args.fee > 100"


@pytest.mark.parametrize(
    ("schema", "means"),
    [
        (NUMBER, "args.amount? > 100"),
        ({**NUMBER, "default": None}, "args.amount? > 100"),
        ({**NUMBER, "default": 500}, "args.amount > 100"),
    ],
)
def test_what_is_left_out_breaks_no_limit_unless_it_has_a_default(schema: Any, means: str) -> None:
    """The tool then takes a value that nobody here sees: that is unknown."""
    assert shown(SIZE, tool("pay", "amount", amount=schema)) == means


def test_what_must_be_something_is_unknown_where_it_is_left_out() -> None:
    """Nothing is not one of the list."""
    judge = 'judge("The color must be \\"red\\"." as req_value permits)'
    listed = tool("paint", "color", color={"enum": ["red", "blue"]})
    assert shown(judge, listed) == 'args.color != "red"'


def test_a_value_of_the_tools_file_narrows_a_sentence_of_another_kind() -> None:
    """A limit on payments in euros is none on all payments."""
    pay = tool("pay", amount=NUMBER, currency={"enum": ["EUR", "USD"]})
    assert shown(SIZE, pay) == "args.amount > 100"
    assert "`eur`" in shown(SIZE.replace("100", "100 EUR"), pay)


def test_a_tool_is_the_same_on_every_server() -> None:
    """As a rule that names it: no server makes a ban pass it by."""
    judge = 'judge("Never call erase." as tool_ban forbids)'
    assert shown(judge, tool("erase")) == 'tool == "erase" or tool like "*/erase"'


def test_a_sentence_is_read_to_its_end_or_not_at_all() -> None:
    """What stands behind the last character that is looked at could say anything."""
    pay = tool("pay", amount=NUMBER)
    assert shown(SIZE, pay) == "args.amount > 100"
    padded = SIZE.replace("100.", f"100.{' ' * 990}Or on Sundays.")
    assert shown(padded, pay).startswith("! it is longer than")


def test_an_argument_of_two_types_is_neither() -> None:
    """Compared as a text, a number would be no value of any list."""
    judge = 'judge("Never send to \\"12\\"." as set_deny forbids)'
    assert shown(judge, tool("send", recipient={"type": "string"})) == 'args.recipient in ["12"]'
    either = {"type": ["string", "number"]}
    assert shown(judge, tool("send", recipient=either)).startswith("! ")
    absent = {"type": ["string", "null"]}
    assert not shown(judge, tool("send", recipient=absent)).startswith("! ")
