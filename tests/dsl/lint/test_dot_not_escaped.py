r"""Dots in the names of hosts."""

import pytest

from dsl.lint.fixing import chosen, written
from tests.expect import HEADER, expect_error, findings

WRONG = [
    (r".*@corp.com", r".*@corp\.com"),
    (r"https:\/\/docs.corp\.com\/.*", r"https:\/\/docs\.corp\.com\/.*"),
    (r"a.b.example.org", r"a\.b\.example\.org"),
    (r"(corp.com|corp\.net)", r"(corp\.com|corp\.net)"),
    (r".*@shop.de", r".*@shop\.de"),
    (r".*\.corp.com", r".*\.corp\.com"),
]
RIGHT = [
    r".*@corp\.com",
    r"https:\/\/docs\.corp\.com\/.*",
    r"[a-z.com]+",
    r"[^a-z.com]+",
    r"file.de",
    r"a.component",
    r"ab.com+",
    r"\d.com.*x",
    r".*.pdf",
    r"[a-z]+.com",
]


@pytest.mark.parametrize(("pattern", "better"), WRONG)
def test_the_fix_escapes_each_dot(pattern: str, better: str) -> None:
    """All of one name at once, and only where somebody asks for what is not safe."""
    text = f"{HEADER}rule r: allow pay when args.t matches /{pattern}/;"
    found = findings(text)

    assert [one.code for one in found] == ["BAR506"]
    assert chosen(found, unsafe=False) == []
    mended = written(text, chosen(found, unsafe=True))
    assert mended == f"{HEADER}rule r: allow pay when args.t matches /{better}/;"
    assert findings(mended) == []


@pytest.mark.parametrize("pattern", RIGHT)
def test_what_is_no_name_of_a_host_is_let_be(pattern: str) -> None:
    """Classes, endings that nobody owns, and dots that are meant."""
    assert findings(f"{HEADER}rule r: allow pay when args.t matches /{pattern}/;") == []


def test_the_name_is_underlined() -> None:
    """The smallest wrong place."""
    expect_error(
        r"""
        rule r: allow pay when args.t matches /.*@mail.corp\.com/ and args.n == 1;
                                                  ^^^^^^^^^^^^^^
        """,
        code="BAR506",
        message=r"the dot in `mail.corp\.com` stands for any character",
        help=r"write `\.`",
    )
