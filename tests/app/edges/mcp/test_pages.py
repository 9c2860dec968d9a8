"""What browsers are told of web pages that may read the answers of an MCP gateway."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.harness import GatewayHarness

LISTED: Final = "https://app.example.com"
FAULTY: Final = str(Path(__file__).with_name("faulty.py"))


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[GatewayHarness]:
    server = {"command": sys.executable, "args": ["-S", FAULTY, "fine", str(tmp_path / "notes")]}
    mcp = {"gateways": {"main": {"servers": {"bank": server}}}, "origins": [LISTED]}
    made = GatewayHarness(tmp_path, mcp=mcp)
    yield made
    made.close()


def asked(harness: GatewayHarness, method: str, path: str, origin: str) -> httpx.Response:
    headers = {
        "Host": "localhost",
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, mcp-param-region",
    }
    return harness.request(method, path, headers=headers)


def test_a_listed_page_may_ask_and_read(harness: GatewayHarness) -> None:
    """Its browser asks first, and then hands it the answer, a refusal as well."""
    before = asked(harness, "OPTIONS", "/mcp/main", LISTED)
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == LISTED
    assert "mcp-param-region" in before.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in before.headers

    answer = asked(harness, "GET", "/mcp/main", LISTED)
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", LISTED + ".evil.example"])
def test_no_other_page_may(harness: GatewayHarness, origin: str) -> None:
    """Its browser asks and is refused; were it to send all the same, that is refused too."""
    before = asked(harness, "OPTIONS", "/mcp/main", origin)
    assert before.status_code == 400
    assert "access-control-allow-origin" not in before.headers
    answer = asked(harness, "GET", "/mcp/main", origin)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_no_other_path_is_for_pages(harness: GatewayHarness) -> None:
    """The rest of the gateway is read by no page of another origin."""
    for path in ("/v1/approvals", "/healthz", "/mcp", "/approvals"):
        answer = asked(harness, "GET", path, LISTED)
        assert "access-control-allow-origin" not in answer.headers
