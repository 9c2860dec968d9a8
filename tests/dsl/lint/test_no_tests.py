"""Policies with restrictions that no test holds."""

import pytest

from dsl.lint.rules.no_tests import MANY
from tests.expect import HEADER, findings


def rules(count: int, rule: str = "deny t{0} when args.n > {0}") -> str:
    """Write rules on tools of their own."""
    return "".join(f"rule r{at}: {rule.format(at)};" for at in range(count))


def test_the_policy_is_underlined() -> None:
    """With how many rules are meant."""
    (found,) = findings(HEADER + rules(MANY))

    assert found.message == f"{MANY} rules restrict calls, and no test holds any of them"
    assert HEADER[found.span.start : found.span.end] == HEADER.strip()


@pytest.mark.parametrize(
    "text",
    [
        rules(MANY - 1),
        rules(MANY, "allow t{0} when args.n > {0}"),
        rules(MANY, "deny t{0}"),
        rules(MANY, "deny t{0} when args.n > {0} mode shadow"),
    ],
)
def test_few_rules_and_those_that_restrict_nothing_need_none(text: str) -> None:
    """Rules that allow, have no condition, or are only watched do not count."""
    assert findings(HEADER + text) == []


def test_one_test_is_a_beginning() -> None:
    """From there on, BAR602 tells which rules none reaches."""
    text = HEADER + rules(MANY) + 'test "t" { call t1(n: 5); expect deny by r1; }'

    assert {one.code for one in findings(text)} == {"BAR602"}
