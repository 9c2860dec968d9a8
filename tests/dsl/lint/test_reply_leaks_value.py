"""Replies that tell a secret."""

import pytest

from dsl import toolspec
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from tests.expect import HEADER, expect_error, findings


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('when args.pin != "4711" reply "It is 4711."', "tells the value that `pin` is"),
        ('when args.pin not in ["1", "4711"] reply "4711!"', "tells the value that `pin` is"),
        ('when args.a.user_password == "swordfish" reply "swordfish"', "tells the value"),
        ('reply "Not with {args.password}."', "shows the secret `args.password`"),
        ('reply "Not with {args.login.api_key}."', "shows the secret `args.login.api_key`"),
        ('when args.body has secret reply "{args.body}"', "shows `args.body`, which may carry"),
        ('when args.mail has secret reply "{args.mail.body}"', "shows `args.mail.body`"),
    ],
)
def test_a_secret_in_a_reply_is_found(rule: str, expected: str) -> None:
    """One that is written out, one that the call brings, and one that carries a label."""
    (found,) = findings(f"{HEADER}rule r: deny pay {rule};")

    assert (found.code, expected in found.message) == ("BAR414", True)


@pytest.mark.parametrize(
    "rule",
    [
        'when args.pin != "4711" reply "Ask for the pin."',
        'when args.pin == "12" reply "12 tries are left."',
        'when args.country != "France" reply "Only to France."',
        'reply "{args.amount} is too much for {subject.id}."',
        'when args.body has secret reply "{args.to} may not see this."',
        'reply "Nothing behind {args.page_token}."',
        'when args.pin != "{args.pin}" reply "{{args.pin}}"',
    ],
)
def test_what_is_no_secret_may_be_told(rule: str) -> None:
    """Other values, short numbers, and signs that only look like a value."""
    assert [one.code for one in findings(f"{HEADER}rule r: deny pay {rule};")] == []


def test_the_schema_says_what_is_a_secret() -> None:
    """By its format, or as something that is only ever written."""
    schema = '{"properties": {"a": {"format": "password"}, "b": {"writeOnly": true}, "c": {}}}'
    tools = toolspec.read(Source("t.json", f'[{{"name": "pay", "inputSchema": {schema}}}]'))
    found = []
    for name in "abc":
        source = Source("p.bar", f'{HEADER}rule r{name}: deny pay reply "{{args.{name}}}";')
        found += [one.message for one in lint(Unit(source, parse(source), (), tools))]

    assert found == [
        "the reply of `ra` shows the secret `args.a`",
        "the reply of `rb` shows the secret `args.b`",
    ]


def test_the_rule_is_underlined() -> None:
    """A reply has no place of its own."""
    expect_error(
        """
        rule sure: deny pay when args.otp != "123456" reply "Write 123456.";
             ^^^^
        """,
        code="BAR414",
        message="the reply of `sure` tells the value that `otp` is compared with",
        help="say what to do, and not the value",
    )
