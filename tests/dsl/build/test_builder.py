"""Statements that are well formed and say something impossible."""

import pytest

from tests.expect import expect_error

NUMBERS = "numbers"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            """
            policy p version 0;
                             ^
            """,
            "a whole number from 1 up belongs here",
            None,
        ),
        (
            """
            policy p version 1.5;
                             ^^^
            """,
            "a whole number of at most 9 digits belongs here",
            None,
        ),
        (
            """
            rule r: deny x when subject.name == "a";
                                ^^^^^^^^^^^^
            """,
            "`subject` has no such field",
            "write `subject.id`",
        ),
        (
            """
            rule r: deny x when tool.name == "a";
                                ^^^^^^^^^
            """,
            "`tool` has no such field",
            "write `tool`",
        ),
        (
            """
            rule r: deny x when agent == "a";
                                ^^^^^
            """,
            "`agent` has no such field",
            "write `agent.id`",
        ),
        (
            """
            rule r: deny x when args.a in 5..1;
                                          ^^^^
            """,
            "the range is empty: its end is below its start",
            None,
        ),
        (
            r"""
            rule r: deny x when args.a matches /(?=a)/;
                                               ^^^^^^^
            """,
            "the pattern is not valid: invalid perl operator: (?=",
            "patterns are RE2: no look-ahead, no look-behind, no back-reference",
        ),
        (
            r"""
            rule r: deny x when args.a matches /(a)\1/;
                                               ^^^^^^^
            """,
            r"the pattern is not valid: invalid escape sequence: \1",
            "patterns are RE2: no look-ahead, no look-behind, no back-reference",
        ),
        (
            """
            rule r: deny x because "a\\q";
                                   ^^^^^
            """,
            "the text is not readable",
            'a backslash starts one of \\" \\\\ \\n \\t \\uXXXX',
        ),
        (
            """
            rule r: deny x reply "{args.a";
                                 ^^^^^^^^^
            """,
            "a `{` stands alone in the reply",
            "`{args.amount}` puts a value in; `{{` and `}}` are the signs themselves",
        ),
        (
            """
            rule r: deny x retry final;
                                 ^^^^^
            """,
            "`retry or final` stands twice in one rule",
            None,
        ),
        (
            """
            rule r: deny x priority 1 priority 2;
                                      ^^^^^^^^^^
            """,
            "`priority` stands twice in one rule",
            None,
        ),
        (
            """
            rule r: deny x priority 1e2;
                                    ^^^
            """,
            "a whole number of at most 9 digits belongs here",
            None,
        ),
        (
            """
            rule r: deny x valid from 2026-02-30;
                                      ^^^^^^^^^^
            """,
            "there is no such day or time",
            None,
        ),
        (
            """
            rule r: deny x valid from 2026-02-02 until 2026-02-01;
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "`until` is before `from`",
            None,
        ),
        (
            """
            rule r: deny x when args.a > 1e65;
                                         ^^^^
            """,
            "a number's exponent is beyond 64",
            None,
        ),
        (
            """
            test "t" { expect deny; call x(); }
                       ^^^^^^^^^^^^
            """,
            "`expect` stands before any `call`",
            None,
        ),
        (
            """
            test "t" { call x(); }
                 ^^^
            """,
            "the test expects nothing",
            "add `expect allow;`",
        ),
        (
            """
            test "t" { call x*(); expect deny; }
                            ^^
            """,
            "a call names one tool, without `*`",
            None,
        ),
        (
            """
            test "t" { call x(a: 1, a: 2); expect deny; }
                                    ^
            """,
            "`a` is given twice",
            None,
        ),
        (
            r"""
            test "t" { call x(a: {"b": 1, "\u0062": 2}); expect deny; }
                                          ^^^^^^^^
            """,
            "`b` is given twice",
            None,
        ),
    ],
)
def test_the_impossible_is_refused_where_it_stands(
    text: str, message: str, hint: str | None
) -> None:
    """Message, help and underline of everything that a grammar cannot forbid."""
    expect_error(text, message=message, help=hint)


def test_a_glob_has_a_bounded_length() -> None:
    """A name or glob that no engine could hold is refused when it is read."""
    name, message = "a" * 1001, "the name is not usable: it is longer than 1000 characters"

    expect_error(f"rule r: deny {name};\n             {'^' * 1001}\n", message=message)
    start, test = "rule r: deny x when ", f'args.a like "{name}"'
    expect_error(f"{start}{test};\n{' ' * len(start)}{'^' * len(test)}\n", message=message)
