"""An issuer's keys: fetched within limits, kept for a while, never more often than need be."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from app.edges.mcp import jwks
from app.edges.mcp.jwks import RETRY_S, Fetcher, KeySet, KeysUnavailable
from tests.app.edges.mcp.issuing import JWKS, KeyServer, public


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def kept(server: KeyServer, clock: Clock) -> KeySet:
    return KeySet(JWKS, 600, server, clock)


def find(keys: KeySet, name: str = "k1") -> Any:
    return asyncio.run(keys.find(name))


def test_keys_are_fetched_once_for_many_tokens() -> None:
    """Also where the first tokens come all at once."""
    server = KeyServer()
    keys = kept(server, Clock())

    async def many() -> list[Any]:
        return await asyncio.gather(*(keys.find("k1") for _ in range(50)))

    assert all(asyncio.run(many()))
    assert server.asked == [JWKS]


def test_a_new_key_is_found_when_a_token_names_it() -> None:
    """An issuer that changes its keys need not wait until the old ones are old."""
    server, clock = KeyServer(), Clock()
    keys = kept(server, clock)
    assert find(keys, "k2") is None

    server.keys = [public("k2")]
    clock.now += RETRY_S
    assert find(keys, "k2") is not None
    assert find(keys, "k1") is None  # and the old one is gone with it


def test_made_up_names_do_not_make_us_ask_all_day() -> None:
    """However many tokens name keys that are not there, an issuer is asked now and then."""
    server, clock = KeyServer(), Clock()
    keys = kept(server, clock)

    for number in range(100):
        assert find(keys, f"made up {number}") is None
        clock.now += RETRY_S / 50
    assert len(server.asked) <= 3
    assert find(keys) is not None


def test_keys_are_used_until_they_are_too_old() -> None:
    """An issuer that is down for a while stops nobody; when its keys are too old, everybody."""
    server, clock = KeyServer(), Clock()
    keys = kept(server, clock)
    assert find(keys) is not None

    server.fails = httpx.ConnectError("down")
    clock.now += 599
    assert find(keys) is not None
    clock.now += 2
    with pytest.raises(KeysUnavailable):
        find(keys)
    server.fails = None
    clock.now += RETRY_S
    assert find(keys) is not None


def test_a_key_that_was_withdrawn_is_gone_before_it_is_too_old() -> None:
    """They are looked at again at half their age, whatever tokens name."""
    server, clock = KeyServer(), Clock()
    keys = kept(server, clock)
    assert find(keys) is not None

    server.keys = [public("k2")]
    clock.now += 301
    assert find(keys) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [], "keys": []}',
        b"\xff",
        json.dumps({"keys": [public(f"k{at}") for at in range(65)]}).encode(),
    ],
)
def test_what_is_no_key_set_is_none(body: bytes) -> None:
    """No JSON, two readings of it, too many keys: as if it could not be fetched."""
    with pytest.raises(KeysUnavailable):
        jwks.read(body)


def _answers(answer: Callable[[httpx.Request], httpx.Response]) -> Fetcher:
    fetcher = Fetcher(1_000)
    fetcher._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return fetcher


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 65_536


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(500, content=b'{"keys": []}'),
        lambda _: httpx.Response(204),
        lambda _: httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
        lambda _: httpx.Response(200, content=_endless()),
        lambda _: httpx.Response(
            200, headers={"Content-Encoding": "br"}, stream=httpx.ByteStream(b"x")
        ),
    ],
)
def test_what_is_no_plain_small_answer_is_refused(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    """No redirect is followed, nothing is unpacked, and no more is read than keys can be."""
    with pytest.raises(KeysUnavailable):
        asyncio.run(_answers(answer)(JWKS))


def test_the_client_follows_nothing_and_heeds_no_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No proxy that nobody wrote into the settings, and no redirects."""
    monkeypatch.setenv("HTTPS_PROXY", "http://evil.example")

    async def made() -> tuple[bool, bool]:
        fetcher = Fetcher(1_000)
        client = fetcher._opened()
        told = client.follow_redirects, client.trust_env
        await fetcher.close()
        return told

    assert asyncio.run(made()) == (False, False)
