"""The JSON form: the same policies as the text, no more and no fewer."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from dsl import expressions, syntax, walk
from dsl.errors import Source
from dsl.exchange import json_form, json_schema, json_text
from dsl.interpret import Bound, evaluate
from dsl.model import ToolCall
from dsl.types import Percent
from tests.dsl import drawing
from tests.dsl.exchange.everything import everything
from tests.dsl.making import NOW, policy

# The round


@drawing.law(200)
@given(tree=drawing.layers())
def test_what_is_written_reads_as_it_was(tree: syntax.Policy) -> None:
    """from_json(to_json(p)) == p, the text made of it parses to p, and the schema agrees."""
    text = json_form.to_text(tree)
    again = json_form.from_json(Source("p.json", text))

    assert tree == again
    assert tree == policy(json_form.written(again))
    assert json_schema.validator().is_valid(json_text.decode(text))


@drawing.law(60)
@given(tree=drawing.policies(), made=drawing.calls())
def test_both_forms_decide_alike(tree: syntax.Policy, made: ToolCall) -> None:
    """A call is decided the same, whichever form the policy came in."""
    again = json_form.from_json(Source("p.json", json_form.to_text(tree)))

    assert evaluate([Bound(tree)], made, NOW) == evaluate([Bound(again)], made, NOW)


def test_everything_reads_as_it_was() -> None:
    """Every statement, clause, condition and step has a JSON form that leads back."""
    tree = everything()

    assert tree == json_form.from_json(Source("p.json", json_form.to_text(tree)))


def test_everything_holds_every_node() -> None:
    """The law above leaves no node and no kind of constant out, also none that is yet to come."""
    named = [*vars(syntax).values(), *vars(expressions).values()]
    kinds = {one for one in named if isinstance(one, type) and issubclass(one, syntax.Node)}
    tree = everything()
    constants = {type(one.value) for one in walk.nodes(tree, syntax.Constant)}

    assert kinds - {syntax.Node} == {type(one) for one in walk.nodes(tree, syntax.Node)}
    assert constants == {str, bool, int, Decimal, date, datetime, timedelta, Percent}


def test_everything_holds_every_member() -> None:
    """Each member that a node may have is written somewhere: none is tested only by its absence."""
    seen: set[tuple[str, str]] = set()
    for part in parts(json_form.to_json(everything())):
        seen |= {(str(part.get("is")), name) for name in part}
    tagged = {name: form for name, form in json_schema.schema()["$defs"].items() if is_node(form)}

    assert tagged
    missing = [(n, m) for n, form in tagged.items() for m in form["properties"]]
    assert [one for one in missing if one not in seen] == []


def is_node(form: dict[str, Any]) -> bool:
    """Tell whether a definition is that of a node with a tag."""
    return "const" in form.get("properties", {}).get("is", {})


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from parts(one)


@pytest.mark.parametrize(
    "number",
    ["100", "100.0", "1E+30", "0." + "1" * 30],
)
def test_numbers_stay_exact(number: str) -> None:
    """No number is rounded on its way, or written in another way."""
    text = json_form.to_text(policy(f"rule r: deny x when args.a > {number};"))

    assert f'"right": {number}' in text


@pytest.mark.parametrize("levels", [45, 90, 95])
def test_what_text_can_nest_json_can_too(levels: int) -> None:
    """A policy as deep as the grammar allows has a JSON form that leads back."""
    inner = "args.a"
    for _ in range(levels):
        inner = f"(args.a or (args.b and {inner}))" if levels < 60 else f"not {inner}"
    tree = policy(f"rule r: deny x when {inner};")

    assert tree == json_form.from_json(Source("p.json", json_form.to_text(tree)))


def test_a_large_policy_has_a_json_form() -> None:
    """Far more values than a call may have."""
    rules = [f"rule r{at}: deny x when args.a == {at};" for at in range(1500)]
    tree = policy("\n".join(rules))

    assert tree == json_form.from_json(Source("p.json", json_form.to_text(tree)))


# The schema


def test_the_schema_is_one_and_takes_everything() -> None:
    """The published schema is a valid one, and the document of everything is valid by it."""
    schema = json_schema.schema()

    jsonschema_rs.meta.validate(schema)
    document = json_text.decode(json_form.to_text(everything()))
    assert list(json_schema.validator().iter_errors(document)) == []


def test_the_schema_says_what_every_node_is() -> None:
    """Each node has a description, and no object takes members that it does not name."""
    nodes = [form for form in json_schema.schema()["$defs"].values() if is_node(form)]

    assert len(nodes) > 40
    assert all(form["additionalProperties"] is False for form in nodes)
    described = [form for form in nodes if "value" not in form["properties"]]
    assert all(form["description"].endswith(".") for form in described)
