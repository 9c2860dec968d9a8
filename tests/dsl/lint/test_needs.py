"""What a policy needs to be told is known when it is loaded."""

import pytest

from dsl.errors import Source
from dsl.lint.needs import needs
from dsl.lint.rule import Unit
from dsl.parse import read
from tests.expect import HEADER


def told(rules: str) -> list[tuple[str, str]]:
    source = Source("p.bar", HEADER + rules)
    policy, broken = read(source)
    assert not broken, broken
    return [(one.rule, one.told) for one in needs(Unit(source, policy))]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("args.to from user", ["user words"]),
        ("args.to from [user, trusted]", ["user words", "results"]),
        ("args.to from nowhere", ["user words", "results"]),
        ("args.to only from trusted", ["user words", "results"]),
        ('args.to from tool("get_*")', ["results"]),
        ("args.to from record(get) where record.title from user", ["results", "user words"]),
        ("user_said(/pay/)", ["user words"]),
        ("user_delegated()", ["user words"]),
        ("in_turn(pay)", ["user words"]),
        ("args.body has secret", ["results"]),
        ("directed(args.to)", ["results"]),
        ("called(get where past.result.ok)", ["results"]),
        ("last(get).result.id == args.id", ["results"]),
        ("session saw untrusted", []),
        ("called(get)", []),
        ("count(get within 1h) > 3", []),
        ("args.n > 3", []),
    ],
)
def test_a_question_needs_what_it_is_about(condition: str, expected: list[str]) -> None:
    """Words of the user, or results; what was called is known without being told."""
    found = told(f"rule r: deny pay when {condition};")

    assert sorted(found) == sorted(("r", one) for one in expected)


def test_phases_need_what_they_judge() -> None:
    """A rule on results is never asked where nobody sends any."""
    rules = (
        'rule a on result: deny get when result == "x"; rule b on reply: deny when reply == "x";'
    )

    assert told(rules) == [("a", "results"), ("b", "replies")]


def test_names_are_looked_through() -> None:
    """A question behind a name is the rule's question."""
    assert told("let known = args.to from user; rule r: allow pay when known;") == [
        ("r", "user words")
    ]
