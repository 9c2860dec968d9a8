"""Questions about origin that have no answer, or always the same one."""

import pytest

from dsl import toolspec
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from tests.expect import HEADER, expect_error, findings

LETS = 'let payees = ["a", "b"]; let own = "x"; let named = args.to from trusted;'


def codes(condition: str, sources: str = "") -> list[str]:
    """Return what is found in a rule with a condition, but for names that it does not use."""
    text = f"{HEADER}{sources}{LETS}rule r: deny pay when {condition};"
    return [one.code for one in findings(text) if one.code != "BAR603"]


@pytest.mark.parametrize(
    ("condition", "sources", "expected"),
    [
        ("args.to from trusted", "", 1),
        ("args.to from [trusted, internal]", "", 2),
        ("args.to only from trusted", "", 1),
        ("named", "", 1),
        ("session saw internal", "", 1),
        ("args.to from trusted", "source get as internal;", 1),
        ("args.to from trusted", "source get.name as trusted;", 0),
        ("session saw internal", "source get as internal;", 0),
        ("args.to from [user, trusted]", "", 0),
        ("args.to from untrusted", "", 0),
        ("session saw untrusted", "", 0),
        ('args.to from tool("get")', "", 0),
        ('"x" from user', "", 1),
        ("own from user", "", 1),
        ("payees from user", "", 1),
        ('["a", args.to] from user', "", 0),
        ("tool from user", "", 1),
        ("subject.id from user", "", 1),
        ("context.ticket from user", "", 0),
        ("any now2 in args.l: now2 from user", "", 0),
    ],
)
def test_what_cannot_be_answered_is_found(condition: str, sources: str, expected: int) -> None:
    """Levels that nothing is declared to have, and values that nobody brings along."""
    assert codes(condition, sources) == ["BAR412"] * expected


def test_a_truth_value_comes_from_nowhere() -> None:
    """Where the tools file says that it is one."""
    schema = '{"properties": {"force": {"type": "boolean"}, "to": {"type": "string"}}}'
    tools = toolspec.read(Source("t.json", f'[{{"name": "pay", "inputSchema": {schema}}}]'))
    said = []
    for name in ("force", "to"):
        source = Source("p.bar", f"{HEADER}rule r: deny pay when args.{name}? from user;")
        said += [one.message for one in lint(Unit(source, parse(source), (), tools))]

    assert said == ["a truth value comes from nowhere, so this is always unknown"]


def test_the_level_is_underlined() -> None:
    """With what to declare."""
    expect_error(
        """
        rule r: allow pay when args.to from trusted;
                                            ^^^^^^^
        """,
        code="BAR412",
        message="no `source` here is trusted, so nothing comes from there",
        help="write `source TOOL.FIELD as trusted;`",
    )
