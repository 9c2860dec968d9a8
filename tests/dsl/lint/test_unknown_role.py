"""Roles that are spelt nearly alike."""

import pytest

from dsl.lint.rules.unknown_role import _alike
from tests.expect import HEADER, expect_error, findings


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("treasury", "tresury", True),
        ("treasury", "treasruy", True),
        ("treasury", "treasuryy", True),
        ("treasury", "treacury", True),
        ("treasury", "Treasury", True),
        ("shop manager", "shop-manager", True),
        ("shop manager", "shop_manger", True),
        ("user", "users", True),
        ("tier1", "tier2", False),
        ("team a", "team b", False),
        ("leader", "reader", False),
        ("finance de", "finance at", False),
        ("shop manager", "shop member", False),
        ("shop manager", "manager", False),
        ("treasury", "treasury readonly", False),
        ("dba", "dbas", False),
    ],
)
def test_a_slip_is_told_from_another_role(one: str, other: str, *, expected: bool) -> None:
    """One letter of a long word, or case and joints; never a digit or a short word."""
    assert (_alike(one, other), _alike(other, one)) == (expected, expected)


def test_the_rarer_spelling_is_underlined() -> None:
    """Whichever comes first, what is written oftener is offered."""
    expect_error(
        """
        let few = not "treasury" in subject.roles;
        rule c: deny take when few;
        rule a: ask pay approver role "tresury"; rule b: ask give approver role "treasury";
                                      ^^^^^^^^^
        """,
        code="BAR111",
        message="no other rule speaks of the role `tresury`",
        help="did you mean `treasury`?",
    )


@pytest.mark.parametrize(
    "condition",
    ['"Editor" in subject.roles', 'any r in subject.roles: r in ["Editor", "chief"]', "wrong"],
)
def test_roles_in_conditions_count(condition: str) -> None:
    """Behind names too."""
    text = (
        'let wrong = not "Editor" in subject.roles;'
        'rule a: ask pay approver role "editor"; rule b: ask give approver role "editor";'
        f"rule c: deny take when {condition};"
    )

    assert [one.code for one in findings(HEADER + text) if one.code != "BAR603"] == ["BAR111"]


def test_a_test_may_try_a_wrong_role() -> None:
    """That is how one sees that it fits nobody."""
    text = (
        'rule a: ask pay approver role "treasury";'
        'test "t" { given subject "eve" roles ["Treasury"]; call pay(); expect ask by a; }'
    )

    assert findings(HEADER + text) == []
