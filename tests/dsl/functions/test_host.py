"""The function `host`: what an allow rule on a host may rely on."""

import time
from typing import Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.host import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing

GOOD: Final = "good.example"
READABLE: Final = (
    *("https://good.example", "https://good.example/", "HTTPS://GOOD.Example/a?b#c"),
    *("https://good.example:8443/", "https://good.example./", "https://good.example?a=b"),
    *("https://good.example/@evil.example", "https://good.example/?next=https://evil.example"),
    *("https://good.example/a@b.de", "https://good.example#part", "wss://good.example/socket"),
    *("https://good.example/100%", "https://good.example//evil.example", "ftp://good.example:21/"),
)
HOSTILE: Final = (
    # a user before the host, and what looks like one
    *("https://good.example@evil.example", "https://good.example:x@evil.example/"),
    *("https://a@good.example", "https://:@good.example", "https://@good.example"),
    *("https://a@b@good.example", "https://good.example%40evil.example"),
    *("https://evil.example?@good.example", "https://good.example#@evil.example/"),
    *("https://good.example\uff20evil.example/",),
    # the end of the host
    *("https://good.example\\evil.example", "https://evil.example\\@good.example"),
    *("https:\\\\good.example/", "https://good.example;evil.example/", "https://good.example,evil"),
    *("https://good.example\uff0fevil.example/", "https://good.example\u2044evil.example"),
    *("https://good.example\u2100evil.example",),
    # no host, or no `//`
    *(
        "",
        "good.example",
        "//good.example",
        "/good.example",
        "https:good.example",
        "://good.example",
    ),
    *("https:/good.example", "https:///good.example", "https:////good.example", "https://"),
    *(
        "https://:443/",
        "https://?good.example",
        "h\u0442tps://good.example",
        "1https://good.example",
    ),
    # white space, control and hidden characters
    *(" https://good.example", "https://good.example ", "https://good.exam\tple"),
    *("https://good.example\n", "ht\ntps://good.example", "https://good.example/a b"),
    *("https://good.example\x00.evil.example", "https://good.example\r\nHost:evil.example"),
    *("https://good\u00ad.example", "https://good.exam\u200bple", "https://\u202egood.example"),
    *("https://good.example/\u2028", "https://good.example/\ud800", "https://good\u00a0.example"),
    # percent escapes and mapped characters
    *("https://good%2eexample/", "https://%67ood.example/", "https://good\uff0eexample"),
    *("https://good\u3002example", "https://\uff47ood.example", "https://goo\u1d48.example"),
    *("https://g\u00f6\u00df.example", "https://good.example%00.evil.example"),
    # ports that are none
    *("https://good.example:", "https://good.example:0/", "https://good.example:65536"),
    *("https://good.example:080", "https://good.example:80:80", "https://good.example:x"),
    *("https://good.example:\uff18\uff10", "https://good.example:-1", "https://good.example:+80"),
    # odd addresses
    *("http://0x7f.1/", "http://2130706433/", "http://017700000001/", "http://127.1/"),
    *("http://127.0.0.1./", "http://0177.0.0.1", "http://[::1", "http://::1/", "http://[::1]a/"),
    *("http://[fe80::1%25eth0]/", "http://[v1.a]/", "http://[127.0.0.1]/", "http://1.2.3.256"),
    # schemes that lead elsewhere
    *("file://good.example/etc/passwd", "javascript://good.example/%0aalert(1)"),
    *(
        "data://good.example/",
        "mailto:a@good.example",
        "c://good.example",
        "blob:https://good.example",
    ),
)


def test_identity() -> None:
    """A text gives a text."""
    assert (FUNCTION.name, FUNCTION.takes, FUNCTION.gives) == ("host", (Type.TEXT,), Type.TEXT)


@pytest.mark.parametrize("url", READABLE)
def test_the_host_of_a_plain_url(url: str) -> None:
    """Path, query, fragment, port and case do not change where a URL leads."""
    assert apply(url) == GOOD


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://[2001:DB8:0::1]:80", "2001:db8::1"),
        ("http://[::ffff:169.254.169.254]/", "169.254.169.254"),
        ("https://münchen.de/", "xn--mnchen-3ya.de"),
        ("https://good.example.evil.example/", "good.example.evil.example"),
        ("https://g\u043eod.example/", "xn--god-sed.example"),
    ],
)
def test_other_hosts(url: str, host: str) -> None:
    """Addresses stand without brackets, and names as the wire carries them."""
    assert apply(url) == host


@pytest.mark.parametrize("url", HOSTILE, ids=range(len(HOSTILE)))
def test_what_could_lead_to_two_hosts_is_unknown(url: str) -> None:
    """An allow rule never applies to it, a deny rule always does."""
    assert apply(url) is Cause.UNREADABLE


@drawing.law(500)
@given(url=st.text() | st.text("ab.:/@#?[]\\%1x-\u3002é ").map("http://".__add__))
def test_a_readable_host_is_the_one_the_standard_library_finds(url: str) -> None:
    """Any text gives a host in ASCII or nothing, and other parsers agree on it."""
    host = apply(url)
    if not isinstance(host, Cause):
        assert host.isascii()
        assert host == host.lower()
        if url.isascii() and ":" not in host:
            assert (urlsplit(url).hostname or "").removesuffix(".") == host


def test_long_urls_take_no_time() -> None:
    """Twenty thousand characters take milliseconds; the bound is wide for slow machines."""
    start = time.thread_time()
    for text in (
        "a" * 20000,
        "a." * 10000,
        "@" * 20000,
        "a:" * 10000,
        "[" + ":" * 20000,
        "é" * 20000,
    ):
        assert apply(f"http://{text}/") is Cause.UNREADABLE

    assert time.thread_time() - start < 2
