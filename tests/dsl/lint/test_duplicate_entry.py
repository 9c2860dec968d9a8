"""Entries that stand twice in one list."""

import pytest

from dsl.lint.fixing import chosen, written
from tests.expect import HEADER, expect_error, findings

TWICE = [
    ('rule r: deny pay when args.t in ["a", "b", "a"];', 'in ["a", "b"];'),
    ('rule r: deny pay when args.t not in ["a",\n "a"];', 'not in ["a"];'),
    ("let l = [1, 1]; rule r: deny pay when args.t in l;", "let l = [1]; rule r"),
    ("rule r: deny pay, give, pay;", "deny pay, give;"),
    ("rule r: deny * except pay, pay;", "except pay;"),
    ("rule r: deny pay when args.t from [user, user];", "from [user];"),
    ("rule r: deny pay when args.n > 5 and args.n > 5;", "when args.n > 5;"),
    ("rule r: deny pay when args.n > 5 or args.m or args.n > 5;", "args.n > 5 or args.m;"),
]
APART = [
    "rule r: deny pay when args.n in [1, true];",
    'rule r: deny pay when args.t in ["a", "A"];',
    "let l = [1, 1]; rule r: deny pay when sum(l) > args.n;",
    "let l = [1, 1]; rule r: deny pay when args.n in l and args.m < len(l);",
    "rule r: deny hub/pay, pay;",
    "rule r: deny pay when args.l[0] == 1 and args.l[1] == 1;",
]


@pytest.mark.parametrize(("text", "better"), TWICE)
def test_the_second_is_taken_out(text: str, better: str) -> None:
    """The fix is safe, and leaves nothing to report."""
    found = findings(HEADER + text)
    mended = written(HEADER + text, chosen(found, unsafe=False))

    assert [one.code for one in found] == ["BAR606"]
    assert better in mended
    assert findings(mended) == []


@pytest.mark.parametrize("text", APART)
def test_what_is_not_the_same_stays(text: str) -> None:
    """Other values, places and servers; and lists that are added up or counted."""
    assert findings(HEADER + text) == []


@pytest.mark.parametrize(
    "condition",
    ["(args.m or args.k) and (args.m or args.k)", "args.m and # why\n args.m"],
)
def test_where_more_stands_between_a_person_decides(condition: str) -> None:
    """Brackets and comments are not taken out by a program."""
    (found,) = findings(f"{HEADER}rule r: deny pay when {condition};")

    assert (found.code, found.fix) == ("BAR606", None)


def test_the_second_is_underlined() -> None:
    """The first one stays."""
    expect_error(
        """
        rule r: deny pay when args.t in ["a", "b", "a"];
                                                   ^^^
        """,
        code="BAR606",
        message='`"a"` stands here twice',
        help="remove it",
    )
