"""What the page on MCP says of tokens and of asking people holds."""

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from app.edges.mcp.asking_upstream import LONGEST, MOST
from app.edges.mcp.asking_words import LONGEST as LONGEST_FORM
from app.edges.mcp.jwks import RETRY_S
from app.edges.mcp.oauth import LONGEST as LONGEST_TOKEN
from app.edges.mcp.oauth import Tokens
from app.edges.mcp.request_state import LASTS
from app.settings import Settings
from tests.app.edges.mcp.issuing import KeyServer
from tests.docs.test_tutorial import blocks

PAGE: Final = "docs/mcp.md"
TEXT: Final = (Path(__file__).parents[2] / PAGE).read_text("utf-8")


def tables() -> list[dict[str, Any]]:
    """Return the settings that the page shows beside its first ones."""
    found = [one for one in blocks(PAGE) if one.language == "toml" and not one.options]
    return [tomllib.loads(one.text) for one in found]


def test_the_settings_on_the_page_are_taken() -> None:
    """Issuers of tokens with what they need, and callers that speak for their user."""
    tokens, listed = (Settings(**one) for one in tables())

    (issuer,) = tokens.mcp.oauth.issuers
    assert issuer.issuer == "https://login.example.com"
    assert [one.partition(":")[0] for one in listed.mcp.speaks_for_user] == ["key", "client"]


def test_a_token_is_made_out_to_what_the_page_says() -> None:
    """The address of the gateway, and that of what is told of it."""
    settings = Settings(**tables()[0])
    found = Tokens(settings.mcp.oauth, settings.public_url, KeyServer())

    assert f"`{found.resource('main')}`" in TEXT
    assert "`/.well-known/oauth-protected-resource/mcp/main`" in TEXT
    assert "/.well-known/oauth-protected-resource/mcp/main" in found.challenge("main")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("most {}.", LONGEST_TOKEN),
        ("more than {} characters is for the page", LONGEST_FORM),
        ("for {} minutes at most", LASTS.total_seconds() / 60),
        ("of {} KiB", LONGEST / 1024),
    ],
)
def test_the_numbers_are_those_of_the_code(words: str, number: float) -> None:
    """A limit that is changed is changed on the page."""
    assert words.format(int(number)) in TEXT


def test_the_numbers_in_words_are_those_of_the_code() -> None:
    """Ten seconds, and four questions."""
    assert (RETRY_S, MOST) == (10.0, 4)
    assert "every ten seconds" in TEXT
    assert "four questions at most" in TEXT
