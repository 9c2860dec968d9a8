"""The function `scheme`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.host import apply as host
from dsl.functions.scheme import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing
from tests.dsl.functions import test_host


def test_identity() -> None:
    """A text gives a text."""
    assert (FUNCTION.name, FUNCTION.takes, FUNCTION.gives) == ("scheme", (Type.TEXT,), Type.TEXT)


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("https://a.de/", "https"),
        ("HTTP://a.de", "http"),
        ("git+ssh://a.de/b", "git+ssh"),
        ("mailto:ada@mail.example", "mailto"),
        ("MAILTO:ada@mail.example", "mailto"),
        ("data:text/plain,hello", "data"),
        ("javascript:alert(1)", "javascript"),
        ("tel:110", "tel"),
        ("urn:isbn:0451450523", "urn"),
        ("blob:https://a.de/1", "blob"),
        ("file:///etc/passwd", "file"),
        ("FILE:///etc/passwd", "file"),
    ],
)
def test_the_scheme_of_a_plain_url(url: str, scheme: str) -> None:
    """With a host, or without one where the scheme has none."""
    assert apply(url) == scheme


@pytest.mark.parametrize(
    "url",
    [
        *("", ":", "https:", "mailto:", "://a.de", "//a.de", "a.de", "/a", "1a:b", "-a:b", "a b:c"),
        *(
            "http:evil.example",
            "https:/evil.example",
            "ftp:a",
            "ws:a",
            "file:/etc/passwd",
            "file:a",
        ),
        *("file://evil.example/a", "file:////evil.example/a", "javascript://a.de/%0aalert(1)"),
        *(
            "localhost:8080",
            "localhost:8080/a",
            "intranet:80?a",
            "a.de:443",
            "c:\\a",
            "c:a",
            "C:/a",
        ),
        *("java\nscript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "data:a b"),
        *("java\u200bscript:alert(1)", "\x00javascript:alert(1)", "javascript\uff1aalert(1)"),
        *("javascript&colon;alert(1)", "java%73cript:alert(1)", "foo:/bar", "\u017fcheme:a"),
    ],
)
def test_what_could_have_two_schemes_is_unknown(url: str) -> None:
    """Also a host with a port, a drive, and a scheme that a browser would mend."""
    assert apply(url) is Cause.UNREADABLE


@pytest.mark.parametrize("url", test_host.HOSTILE, ids=range(len(test_host.HOSTILE)))
def test_a_url_with_an_unclear_host_has_no_clear_web_scheme(url: str) -> None:
    """A rule `scheme(url) == "https"` lets no URL through that `host` refuses."""
    assert apply(url) not in {"http", "https", "ws", "wss", "ftp", "file"}


@drawing.law(500)
@given(url=st.text() | st.text("ab1:/.#@ \\").map("a".__add__))
def test_a_scheme_is_what_stands_before_the_first_colon(url: str) -> None:
    """Any text gives that or nothing; where there is a host, there is a scheme."""
    scheme = apply(url)

    assert scheme is Cause.UNREADABLE or scheme == url.partition(":")[0].lower()
    assert host(url) is Cause.UNREADABLE or scheme is not Cause.UNREADABLE
