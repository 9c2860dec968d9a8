"""What a whole file must satisfy."""

import pytest

from dsl import parse
from dsl.errors import Source
from tests.expect import HEADER, expect_error


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        (
            """
            policy p version 1;
            policy q version 1;
            ^^^^^^^^^^^^^^^^^^^
            """,
            "BAR105",
            "a file holds one policy, and this is a second one",
            None,
        ),
        (
            """
            rule r: deny x;
            rule r: deny y;
                 ^
            """,
            "BAR102",
            "there is already a rule named `r`",
            None,
        ),
        (
            """
            test "t" { call x(); expect deny; }
            test "t" { call y(); expect deny; }
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "BAR102",
            "there is already a test named `t`",
            None,
        ),
        (
            """
            default deny;
            default ask;
            ^^^^^^^^^^^^
            """,
            "BAR102",
            "there is already a statement of this kind",
            None,
        ),
        (
            """
            overlay o version 1;
            rule r: allow x;
                 ^
            """,
            "BAR105",
            "an overlay only narrows: it holds `ask` and `deny` rules",
            None,
        ),
        (
            """
            overlay o version 1;
            default deny;
            ^^^^^^^^^^^^^
            """,
            "BAR105",
            "an overlay has no default",
            None,
        ),
        (
            """
            test "t" { call x(); expect deny by r; }
                                 ^^^^^^^^^^^^^^^^^
            """,
            "BAR107",
            "there is no rule named `r`",
            None,
        ),
    ],
)
def test_what_does_not_stand_together(text: str, code: str, message: str, hint: str | None) -> None:
    """Each fault of a whole file has its code, its words and its place."""
    expect_error(text, code=code, message=message, help=hint)


@pytest.mark.parametrize("default", ["default allow;", 'default allow because "";'])
def test_default_allow_needs_a_reason(default: str) -> None:
    """Allowing whatever no rule speaks of is refused without a reason, also an empty one."""
    findings = parse.read(Source("p.bar", HEADER + default))[1]

    assert [finding.message for finding in findings] == ["`default allow` needs a reason"]


@pytest.mark.parametrize("text", ["rule r: deny x;", "rule r: deny x; policy p version 1;"])
def test_a_file_starts_with_its_policy(text: str) -> None:
    """What a file is must be said first."""
    findings = parse.read(Source("p.bar", text))[1]

    assert [f.message for f in findings] == ["the file does not start with its policy"]


def test_a_rule_that_could_not_be_read_is_not_reported_missing() -> None:
    """A test that expects a broken rule gets no second error for it."""
    text = HEADER + 'rule r: alow x;\ntest "t" { call x(); expect deny by r; }'

    assert [finding.code for finding in parse.read(Source("p.bar", text))[1]] == ["BAR101"]
