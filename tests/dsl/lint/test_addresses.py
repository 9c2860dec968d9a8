"""Which tests on an address let others pass, held against addresses that lead elsewhere."""

import pytest

from dsl import patterns
from dsl.lint.addresses import Kind, as_glob, misleads, of_name


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(?i)^.*corp\.com.*$", "*corp.com*"),
        (r"https:\/\/corp\.com\/.+", "https://corp.com/*"),
        (r"[a-z]+\.corp\.com", None),
        (r"(www\.)?corp\.com", None),
        (r"\w+@corp\.com", None),
        (r"a\*b", None),
    ],
)
def test_a_pattern_that_says_no_more_than_a_glob_is_read_as_one(
    pattern: str, expected: str | None
) -> None:
    """Where anything but `.*` has a meaning, nothing is said of the pattern."""
    assert as_glob(pattern) == expected


EVIL: dict[Kind, tuple[str, ...]] = {
    "url": (
        "https://corp.com.evil.example/",
        "https://evil.example/corp.com",
        "https://evil.example/?q=https://corp.com/",
        "https://evil.example/.corp.com/",
        "https://corp.com@evil.example/",
    ),
    "email": ("eve@evilcorp.com", "eve@corp.com.evil.example", "corp.com@evil.example"),
    "host": ("evilcorp.com", "corp.com.evil.example", "a.corp.com.evil.example"),
}


@pytest.mark.parametrize(
    ("kind", "glob", "wrong"),
    [
        ("url", "https://corp.com/*", False),
        ("url", "https://corp.com*", True),
        ("url", "https://*.corp.com/*", True),
        ("url", "*://corp.com/*", True),
        ("url", "*corp.com", True),
        ("url", "https://docs.example/*/corp.com", False),
        ("email", "*@corp.com", False),
        ("email", "*corp.com", True),
        ("email", "*@corp.com*", True),
        ("host", "*.corp.com", False),
        ("host", "*corp.com", True),
        ("host", "corp.com*", True),
        ("host", "*.corp.com*", True),
    ],
)
def test_what_misleads_takes_an_address_that_leads_elsewhere(
    kind: Kind, glob: str, *, wrong: bool
) -> None:
    """What is reported takes in one of the attacker's addresses, and what is not takes in none."""
    assert misleads(kind, "like", glob) is wrong
    taken = [one for one in EVIL[kind] if patterns.whole(patterns.from_glob(glob), one)]
    assert bool(taken) is wrong


@pytest.mark.parametrize(
    ("name", "expected"),
    [("webhook_url", "url"), ("to", "email"), ("hostname", "host"), ("urls_seen", None), (0, None)],
)
def test_the_last_word_of_a_name_says_what_it_is(name: object, expected: str | None) -> None:
    """Most tools declare no format, and their arguments have names that say it."""
    assert of_name(name) == expected
