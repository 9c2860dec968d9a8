"""The page about clients of MCP servers: its blocks run, and print what they say."""

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.needed import needed

needed("mcp", "mcp")

from mcp.server.mcpserver import MCPServer  # noqa: E402

from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.pages import blocks, executed, policy  # noqa: E402
from tests.e2e.gateway_process import GatewayProcess  # noqa: E402

PAGE = "mcp-client.md"


def server() -> MCPServer:
    """Return a server with the tools of the page."""
    made = MCPServer("bank")

    @made.tool()
    def pay(recipient: str, amount: int) -> str:
        """Pay somebody."""
        return "paid"

    @made.tool()
    def erase(what: str) -> str:
        """Erase something."""
        return "erased"

    @made.tool()
    def read_cards() -> str:
        """Read the cards."""
        return "my card is 4111 1111 1111 1111"

    return made


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page prints is what it says."""
    found = blocks(PAGE)
    (text,) = (text for language, text in found if language == "python")
    (said,) = (text for language, text in found if language == "text")
    (tmp_path / "policies").mkdir()
    names: dict[str, Any] = {"server": server()}
    with (
        GatewayProcess(
            tmp_path, "--port", "0", policies=policy(PAGE, tmp_path / "policies")
        ) as process,
        Bank(process) as bank,
    ):
        monkeypatch.setenv("DRAWBAR_URL", bank.url)
        monkeypatch.setenv("DRAWBAR_KEY", bank.host)
        assert executed(text, names) == said
