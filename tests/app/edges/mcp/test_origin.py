"""Which pages may speak with the gateway, and under which names it answers."""

import pytest

from app.edges.mcp.origin import Places, Refused

PLACES = Places.of(
    ["https://app.example.com", "http://localhost:6274"],
    ["gateway.internal", "mcp.example.com:8443"],
    "https://drawbar.example.com",
)


def asked(host: str | None = "localhost:8484", *origins: str) -> int | None:
    """Return the status that refuses, if anything does."""
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    headers += [(b"origin", one.encode("latin-1")) for one in origins]
    try:
        PLACES.check(headers)
    except Refused as error:
        return error.status
    return None


@pytest.mark.parametrize("origin", ["https://app.example.com", "http://localhost:6274"])
def test_a_listed_origin_may_speak(origin: str) -> None:
    """A page of an origin that the settings name gets through."""
    assert asked("localhost:8484", origin) is None


def test_what_is_no_browser_names_no_origin() -> None:
    """Agents and command lines send none."""
    assert asked("localhost:8484") is None


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "NULL",
        "",
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com:443",
        "https://app.example.com/",
        "https://app.example.com.evil.example",
        "https://evil.example/https://app.example.com",
        "https://app.example.com@evil.example",
        "https://APP.example.com",
        "https://app.example.com https://evil.example",
        "https://app.example.com\xa0",
        "http://localhost",
        "http://localhost:62740",
        "http://localhost:6274.evil.example",
        "file://",
        "*",
    ],
)
def test_any_other_origin_is_refused(origin: str) -> None:
    """An origin is compared whole, as browsers write it; who hides theirs is refused."""
    assert asked("localhost:8484", origin) == 403


def test_two_origins_are_refused() -> None:
    """Whoever reads the first and whoever reads the last must not disagree."""
    listed = "https://app.example.com"

    assert asked("localhost:8484", listed, "https://evil.example") == 403
    assert asked("localhost:8484", listed, listed) == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8484",
        "127.0.0.1:1",
        "[::1]:8484",
        "[::1]",
        "gateway.internal:80",
        "mcp.example.com:8443",
        "drawbar.example.com",
        "drawbar.example.com:443",
    ],
)
def test_a_gateway_answers_to_its_own_names(host: str) -> None:
    """This machine, the address that people use, and what the settings name."""
    assert asked(host) is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8484",
        "localhost.evil.example",
        "evil.localhost",
        "localhost@evil.example",
        "localhost:8484:evil",
        "localhost:84x4",
        "localhost:\xb2",
        "mcp.example.com",
        "mcp.example.com:443",
        "[::1",
        "::1",
        "[::2]:8484",
        "2130706433",
        "localhost,evil.example",
        "localhost evil.example",
    ],
)
def test_a_name_that_is_not_ours_is_refused(host: str | None) -> None:
    """A page whose name was bound to this machine's address still names itself."""
    assert asked(host) == 421


def test_two_hosts_are_refused() -> None:
    """Also where both are ours."""
    with pytest.raises(Refused):
        PLACES.check([(b"host", b"localhost"), (b"Host", b"localhost")])


@pytest.mark.parametrize(
    "text", ["*", "https://*.example.com", "null", "app.example.com", "https://a/b"]
)
def test_what_is_no_origin_cannot_be_listed(text: str) -> None:
    """A setting that would let everybody in, or nobody, is an error at the start."""
    with pytest.raises(ValueError, match="is no origin"):
        Places.of([text], [], None)
