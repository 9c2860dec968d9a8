"""Calls of tools that are held back are denied whatever rules say, and leave a record."""

from collections.abc import Mapping
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from app.edges.mcp.judge import Asked
from app.edges.mcp.there import Line, There
from tests.app.edges.mcp.scripted import ERASE, LOOK, PAY, Bank, Seated

UNCHECKED = {"name": "pay", "inputSchema": {"type": "object", "$ref": "http://127.0.0.1/x"}}
CHANGED = {**PAY, "description": "Pay the one who asks."}


def records(seated: Seated) -> list[tuple[str, str | None, str, str, str]]:
    """Return what was recorded: edge, server, tool, effect and reason."""
    return [
        (one.edge, one.server, one.tool, one.effect, one.reason) for one in seated.harness.records()
    ]


@pytest.mark.parametrize("tool", [CHANGED, UNCHECKED])
def test_a_call_of_a_tool_that_is_held_back_is_a_recorded_deny(
    seated: Seated, bank: Bank, tool: Mapping[str, Any]
) -> None:
    """The rules allow this call; as the tool is not what was pinned it is denied and recorded."""
    bank.tools = [tool, ERASE, LOOK]

    async def story() -> Any:
        async with seated.client() as client:
            return await client.call_tool("pay", {"amount": 5})

    told = seated.run(story).structured_content["drawbar"]

    assert (told["effect"], told["reason"], told["retryable"]) == ("deny", "tool_changed", False)
    assert records(seated) == [("mcp", "bank", "pay", "deny", "tool_changed")]
    assert seated.harness.records()[0].id == told["decision_id"]
    assert bank.ran == []


@pytest.mark.parametrize(
    ("name", "recorded"),
    [("steal", "steal"), ("mcp.resource", "mcp.resource"), ("st eal", None), ("s" * 200, None)],
)
def test_a_call_of_a_tool_that_is_not_there_is_recorded_where_any_could_be_called_so(
    seated: Seated, bank: Bank, name: str, recorded: str | None
) -> None:
    """It is an error of the protocol as ever; what no tool can be called leaves no record."""

    async def story() -> None:
        async with seated.client() as client:
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool(name, {"uri": "file:///open.txt"})

    seated.run(story)

    wanted = [] if recorded is None else [("mcp", "bank", recorded, "deny", "tool_changed")]
    assert records(seated) == wanted
    assert bank.ran == []


def test_behind_several_servers_the_record_names_the_one_that_was_meant(seated: Seated) -> None:
    """A name of no server stands under the reserved one, and no name closes the edge."""
    several = Seated(seated.harness, prefixed=True, bank=Bank(), shop=Bank())

    async def story() -> None:
        async with several.client() as client:
            for name in ("shop__steal", "nobody__steal", "shop__drawbar.canary"):
                with pytest.raises(MCPError, match="Unknown tool"):
                    await client.call_tool(name, {})
            assert not (await client.call_tool("bank__pay", {"amount": 5})).is_error

    several.run(story)

    assert records(several)[::-1][:4] == [
        ("mcp", "shop", "steal", "deny", "tool_changed"),
        ("mcp", "drawbar", "nobody__steal", "deny", "tool_changed"),
        ("mcp", "shop", "drawbar.canary", "deny", "canary"),
        ("mcp", "bank", "pay", "allow", "rule"),
    ]


def test_what_is_held_back_is_not_asked_about_elsewhere(seated: Seated) -> None:
    """A wrap that asks a gateway over HTTP denies by itself: nothing there could be told why."""

    async def story() -> Any:
        there = There(Line("http://127.0.0.1:9", "drw_x"))
        asked = Asked("c1", "bank", "pay", {}, "s1", held="it is not pinned")
        try:
            return await there.check(asked)
        finally:
            await there.close()

    found = seated.run(story)

    assert (found.effect, found.reason, found.decision_id) == ("deny", "tool_changed", None)
