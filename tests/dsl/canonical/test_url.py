"""URLs are equal when they lead to the same place, and unreadable when they could lead to two."""

import pytest

from dsl.canonical.url import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example/", "HTTPS://Shop.Example"),
        ("https://shop.example/", "https://shop.example:443/"),
        ("http://shop.example:80/a", "http://shop.example./a"),
        ("https://shop.example/a", "https://shop.example/a#part"),
        ("https://shop.example/~ada", "https://shop.example/%7Eada"),
        ("https://shop.example/a", "https://shop.example/%61"),
        ("https://shop.example/%c3%a9", "https://shop.example/é"),
        ("https://shop.example/?q=%2f", "https://shop.example?q=%2F"),
        ("https://shop.example/{a}", "https://shop.example/%7Ba%7D"),
        ("https://münchen.de/", "https://xn--mnchen-3ya.de/"),
        ("http://[2001:DB8::0:1]/", "http://[2001:db8::1]:80/"),
        ("wss://shop.example:443/", "wss://shop.example/"),
    ],
)
def test_notations_of_one_url(one: str, other: str) -> None:
    """Case of the host, the usual port, the fragment and needless escapes make no other URL."""
    assert canonical(one) == canonical(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example/a", "http://shop.example/a"),
        ("https://shop.example/a", "https://shop.example/A"),
        ("https://shop.example/a", "https://shop.example/a/"),
        ("https://shop.example/a", "https://shop.example/a?"),
        ("https://shop.example/a", "https://shop.example:8443/a"),
        ("https://shop.example/a%2Fb", "https://shop.example/a/b"),
        ("https://shop.example/%2561", "https://shop.example/a"),
        ("https://shop.example/?a=1&b=2", "https://shop.example/?b=2&a=1"),
        ("https://shop.example/a//b", "https://shop.example/a/b"),
        ("https://www.shop.example/", "https://shop.example/"),
    ],
)
def test_other_urls_stay_others(one: str, other: str) -> None:
    """What a server may answer in another way is another URL."""
    assert canonical(one) != canonical(other)


def test_the_form_in_full() -> None:
    """Scheme, host, port, path and query, in this order."""
    text = "HTTPS://Shop.Example.:8443/%7Eada/b%20c?q=%61#top"

    assert canonical(text) == "https://shop.example:8443/~ada/b%20c?q=a"


@pytest.mark.parametrize(
    "text",
    [
        *("https://a.de/..", "https://a.de/a/../b", "https://a.de/%2e%2E/b", "https://a.de/./b"),
        *("https://a.de/..;x/b", "https://a.de/%", "https://a.de/%4", "https://a.de/%zz"),
        *("https://a.de/?%", "a.de", "a.de/b", "//a.de/b", "/b", "mailto:a@b.de", "data:,x"),
        *(
            "https://a@b.de/",
            "https://a.de\\b",
            " https://a.de/",
            "https://a.de/\u200b",
            "https:///b",
        ),
    ],
)
def test_no_url_with_one_meaning(text: str) -> None:
    """Steps up, broken escapes and all that hides the host have no form."""
    assert canonical(text) is None
