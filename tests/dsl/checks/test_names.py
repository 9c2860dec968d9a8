"""Every name stands for something, and for one thing only."""

import pytest

from dsl import parse
from dsl.errors import Source
from tests.dsl.making import policy
from tests.expect import HEADER, expect_error


@pytest.mark.parametrize(
    ("text", "message", "hint", "code"),
    [
        (
            """
            rule r: deny x when arg.a == 1;
                                ^^^
            """,
            "there is no value named `arg`",
            "did you mean `args`?",
            "BAR107",
        ),
        (
            """
            rule r: deny x when args.to not in payee; let payees = ["a"];
                                               ^^^^^
            """,
            "there is no value named `payee`",
            "did you mean `payees`?",
            "BAR107",
        ),
        (
            """
            rule r: deny x when hst(args.url) == "a";
                                ^^^
            """,
            "there is no function or table named `hst`",
            "did you mean `host`?",
            "BAR107",
        ),
        (
            """
            rule r: deny x when near(args.a, 1) ;
                                ^^^^^^^^^^^^^^^
            """,
            "`near` takes 3 values",
            None,
            "BAR107",
        ),
        (
            """
            let a = b; let b = 1;
            rule r: deny x when any b in args.l: b == 1;
                                ^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "`b` already stands for something",
            "choose another name for the element",
            "BAR102",
        ),
        (
            """
            rule r: deny x when detects(args.body, "seecret");
                                                   ^^^^^^^^^
            """,
            "there is no detector `seecret`",
            "did you mean `secret`?",
            "BAR107",
        ),
        (
            """
            let now = 1;
                ^^^
            """,
            "the language itself has a `now`",
            None,
            "BAR102",
        ),
        (
            """
            let a = a + 1;
                ^
            """,
            "`a` leads back to itself, or is nested too deeply",
            None,
            "BAR107",
        ),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(
    text: str, message: str, hint: str | None, code: str
) -> None:
    """An unknown, doubled or circular name is an error with the nearest known one."""
    expect_error(text, message=message, help=hint, code=code)


def test_an_element_is_known_inside_its_list_test_alone() -> None:
    """`x` stands for an element in the body, and for nothing outside it."""
    assert policy("rule r: deny t when any x in args.l: x == 1;").rules
    expect_error(
        """
        rule r: deny t when any x in args.l: x == 1 or x == 2;
                                                       ^
        """,
        message="there is no value named `x`",
        help="values start with args, context, tool, now, agent, subject, session, fact",
        code="BAR107",
    )


def test_a_long_chain_of_names_is_refused_before_it_can_overflow() -> None:
    """Names that stand for names are bounded, so that evaluation always ends."""
    chain = "".join(f"let n{at} = n{at + 1} + 1;" for at in range(80))
    text = chain + "let n80 = 1; rule r: deny x when n0 == 1;"
    with pytest.raises(Exception, match="nested too deeply"):
        policy(text)


@pytest.mark.parametrize(
    "text",
    [
        "fact a = lookup g(k: fact.a.x) within 1s;",
        "fact a = lookup g(k: fact.b) within 1s; fact b = lookup g(k: fact.a) within 1s;",
        "fact a = lookup g(k: l) within 1s; let l = fact.a.x;",
    ],
)
def test_a_fact_cannot_need_itself(text: str) -> None:
    """Also not through other facts and names; facts in a row are fine."""
    _, findings = parse.read(Source("p.bar", HEADER + text))
    row = "fact a = given; fact b = lookup g(k: fact.a.x) within 1s; let l = fact.b.y;"

    assert {("BAR107", True)} == {(f.code, "leads back to itself" in f.message) for f in findings}
    assert parse.read(Source("p.bar", HEADER + row))[1] == []


def test_a_pattern_on_the_users_words_must_do_in_either_case() -> None:
    """A pattern that grows too large without regard to case is refused when it is read."""
    large = "user_said(/(?:ksksksksksks\\pL){441}/)"

    assert parse.read(Source("p.bar", f"{HEADER}rule r: deny x when {large};"))[1]
