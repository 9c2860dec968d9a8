"""Texts of a form that a function never gives."""

import pytest

from dsl.errors import Source
from dsl.functions import registry
from dsl.lint.fixing import chosen, written
from dsl.model import Cause
from tests.expect import HEADER, expect_error, findings

NEVER = [
    ('lower(args.t) == "ABC"', 'write `"abc"`'),
    ('lower(args.t) != "Abc"', 'write `"abc"`'),
    ('"Abc" == lower(args.t)', 'write `"abc"`'),
    ('lower(args.t) contains "RM"', 'write `"rm"`'),
    ('lower(args.t) like "*RM"', 'write `"*rm"`'),
    ('lower(args.t) in ["a", "B"]', 'write `"b"`'),
    ("lower(args.t) not in names", 'write `"ada"`'),
    ('any x in args.l: lower(x) == "A"', 'write `"a"`'),
    ('trim(args.t) == " a"', "write it without the white space at its ends"),
    ('trim(args.t) ends_with "a "', "write it without the white space at its ends"),
    ('host(args.t) == "Example.com"', 'write `"example.com"`'),
    ('host(args.t) == "https://example.com"', "it gives the name alone: `example.com`"),
    ('host(args.t) starts_with "https://"', "it gives the name alone: `example.com`"),
    ('domain(args.t) == "@example.com"', "it gives what stands behind the `@`: `example.com`"),
    ('domain(args.t) ends_with "@corp.com"', "it gives what stands behind the `@`: `example.com`"),
    ('scheme(args.t) == "https:"', "it gives what stands before the colon: `https`"),
    ('sql_kind(args.t) in ["SELECT"]', 'write `"select"`'),
]
MAY_BE = [
    'args.t == "ABC"',
    'lower(args.t) == "abc"',
    'lower(args.t) < "B"',
    'lower(args.t) contains " "',
    'trim(args.t) contains " "',
    'trim(args.t) starts_with "a "',
    'trim(args.t) == "A b"',
    'host(args.t) ends_with ".example.com"',
    'host(args.t) == "192.0.2.1"',
    'domain(args.t) like "*.example.com"',
    'scheme(args.t) == "https"',
    'sql_kind(args.t) != "select"',
    "weekday(now) == args.t",
]


@pytest.mark.parametrize(("condition", "hint"), NEVER)
def test_a_text_that_is_never_given_is_found(condition: str, hint: str) -> None:
    """On either side, in lists, behind names and in loops; with what to write instead."""
    text = f'{HEADER}let names = ["bob", "ADA"]; let own = "x"; rule r: deny pay when {condition};'
    found = [one for one in findings(text) if one.code != "BAR603"]

    assert [(one.code, one.help) for one in found] == [("BAR504", hint)]


@pytest.mark.parametrize("condition", MAY_BE)
def test_a_text_that_may_be_given_is_not(condition: str) -> None:
    """What the function may give is no concern."""
    assert findings(f"{HEADER}rule r: deny pay when {condition};") == []


def test_the_text_is_underlined() -> None:
    """The smallest wrong place."""
    expect_error(
        """
        rule r: deny pay when host(args.url) == "Shop.Example";
                                                ^^^^^^^^^^^^^^
        """,
        code="BAR504",
        message="`host` never gives `Shop.Example`",
        help='write `"shop.example"`',
    )


def test_the_fix_writes_small_letters() -> None:
    """It is not safe: the test then holds for calls that it missed."""
    text = f'{HEADER}rule r: deny pay when lower(args.t) in ["STRASSE", "A \\"B\\""];'
    found = findings(text)

    assert chosen(found, unsafe=False) == []
    better = written(text, chosen(found, unsafe=True))
    assert better == text.replace("STRASSE", "strasse").replace("A ", "a ").replace("B", "b")
    assert findings(better) == [], Source("p.bar", better)


GIVEN = [
    "A@B.Example",
    "HTTPS://Shop.Example/A",
    "mailto:A@b",
    " SELECT 1 ",
    "\u00c4\u00df",
    " A b ",
]


@pytest.mark.parametrize("name", ["lower", "trim", "host", "domain", "scheme", "sql_kind"])
def test_what_a_function_gives_is_never_called_impossible(name: str) -> None:
    """The forms written down here are those of the functions themselves."""
    found = registry.find(name)
    assert found is not None
    given = [found[1](text) for text in GIVEN]
    texts = [one for one in given if isinstance(one, str)]

    assert texts or all(isinstance(one, Cause) for one in given)
    for text in texts:
        assert findings(f'{HEADER}rule r: deny pay when {name}(args.t) == "{text}";') == []
