"""What lint rules ask of a policy."""

import json

import pytest

from dsl.errors import Source
from dsl.lint.reading import Reading, covers
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from dsl.syntax import Path, Policy
from dsl.toolspec import Tools, read
from tests.expect import HEADER


def policy(text: str) -> Policy:
    return parse(Source("p.bar", HEADER + text))


def test_names_and_facts_lead_to_what_they_read() -> None:
    """What stands behind a `let` or a fact counts as looked at, once."""
    one = policy(
        "let a = args.x; let b = a; fact f = lookup get(id: args.id) within 2s;"
        "rule r: deny t when b == 1 and fact.f.ok and args.y.z == 2;"
    )

    assert Reading(one, None).reads(one.rules[0]) == {("x",), ("id",), ("y", "z")}


def test_polarity_turns_with_not_and_none() -> None:
    """A test is positive where its being true helps the condition to be true."""
    one = policy('let n = not args.a == 1; rule r: deny t when n or none x in args.l: x == "b";')
    asked = list(Reading(one, None).asked(one.rules[0].condition))

    assert [one.positive for one in asked] == [False, True, False]


def test_an_element_stands_for_its_list() -> None:
    """The variable of a loop has the place of its list's elements."""
    one = policy("let l = args.l; rule r: deny t when any x in l: x.y == 1;")
    reading = Reading(one, None)
    asked = list(reading.asked(one.rules[0].condition))[1]

    assert reading.place(Path("x", ("y",)), asked.bound) == ("l", "*", "y")


def test_names_that_double_take_no_longer() -> None:
    """Each name is looked at once, however many others use it."""
    lets = "".join(f"let a{i} = a{i - 1} and a{i - 1};" for i in range(1, 25))
    text = f"let a0 = all x in args.l: x == 1; {lets} rule r: deny t when a24;"
    one = policy(text + " rule s: allow u when a24;")
    schema = {"properties": {"l": {"type": "array"}}}
    tools = declared_with(schema, "t", "u")

    found = lint(Unit(Source("p.bar", HEADER + text), one, (), tools))

    assert {finding.code for finding in found} >= {"BAR403", "BAR502"}


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "pay, read_*", True),
        ("pay", "hub/pay", True),
        ("hub/pay", "pay", False),
        ("read_*", "read_file_*", True),
        ("read_*", "*_file", False),
        ("* except pay", "pay", False),
        ("* except pay", "* except pay, send", True),
        ("pay", 'tools where risk == "low"', False),
    ],
)
def test_one_selector_covers_another(wide: str, narrow: str, *, expected: bool) -> None:
    """What is said to be covered is covered, whatever tools there are."""
    one = policy(f"rule a: ask {wide}; rule b: ask {narrow};")

    assert covers(one.rules[0].selector, one.rules[1].selector) is expected


def declared_with(schema: object, *names: str) -> Tools:
    entries = [{"name": name, "inputSchema": schema} for name in names]
    return read(Source("t.json", json.dumps(entries)))


def declared(*listed: dict[str, str]) -> Tools:
    entries = [{"inputSchema": {}, **one} for one in listed]
    return read(Source("t.json", json.dumps(entries)))


def test_tools_of_a_rule_are_those_it_names() -> None:
    """Names with and without a server, globs and exceptions choose the declared tools."""
    tools = declared(*({"name": name} for name in ("pay", "hub/pay", "read_a", "read_b")))
    one = policy("rule r: deny pay, read_* except read_b;")

    assert [tool.name for tool in Reading(one, tools).tools(one.rules[0])] == [
        "pay",
        "hub/pay",
        "read_a",
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('deny tools where risk == "high"', ["b", "c"]),
        ('allow tools where risk == "high"', ["b"]),
        ('deny tools where risk == "high" except b', ["c"]),
        ("ask tools where not annotations.readOnlyHint", ["a", "b", "c"]),
        ("deny tools where risk in risky", ["b", "c"]),
    ],
)
def test_tools_are_chosen_by_what_the_file_says(rule: str, expected: list[str]) -> None:
    """What is not said of a tool restricts it, and loosens nothing."""
    tools = declared({"name": "a", "risk": "low"}, {"name": "b", "risk": "high"}, {"name": "c"})
    one = policy(f'let risky = ["high"]; rule r: {rule};')

    assert [tool.name for tool in Reading(one, tools).tools(one.rules[0])] == expected


def test_places_are_found_behind_names_in_loops_and_behind_facts() -> None:
    """All that is read of the arguments is told, but for what `present` asks about."""
    one = policy(
        "let l = args.l; fact f = lookup get(id: args.id) within 2s;"
        "rule r: deny t when present(args.z) and fact.f.ok and any x in l: x.y == args.a;"
    )
    found = Reading(one, None).places(one.rules[0].condition)

    assert {(str(path), place) for path, place in found} == {
        ("fact.f.ok", ("id",)),
        ("l", ("l",)),
        ("args.l", ("l",)),
        ("x.y", ("l", "*", "y")),
        ("args.a", ("a",)),
    }
