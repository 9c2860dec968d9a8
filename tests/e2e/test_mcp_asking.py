"""A wrap in a process of its own asks the person who sits before its client."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Final, cast

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult

from app.edges.mcp import pins
from app.edges.mcp.links.opening import MODERN

SERVER: Final = Path(__file__).parents[1] / "app" / "edges" / "mcp" / "faulty.py"
RULES: Final = """\
policy bank version 1;
rule small: allow bank/pay when args.amount <= 100;
rule large: ask bank/pay when args.amount > 100 approver user;
"""
TOOL: Final = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}


@pytest.mark.parametrize(("mode", "speaks"), [(MODERN, True), ("legacy", True), (MODERN, False)])
def test_a_wrap_asks_its_user(tmp_path: Path, mode: str, speaks: bool) -> None:  # noqa: FBT001 - a column of the table
    """Where it was started for that a yes runs the call and a no does not; else nobody is asked."""
    policies, notes = tmp_path / "policies", tmp_path / "notes"
    policies.mkdir()
    (policies / "bank.bar").write_text(RULES)
    pins.write(policies, "bank", [TOOL])
    asked: list[Any] = []

    async def person(_context: Any, params: Any) -> Any:
        asked.append(params)
        if '"amount":500' in params.message:
            return ElicitResult(action="accept", content={"approve": True})
        return ElicitResult(action="decline")

    async def story() -> list[Any]:
        server = StdioServerParameters(
            command=sys.executable,
            args=_command(tmp_path, notes, speaks=speaks),
            env={**os.environ},
        )
        async with (
            asyncio.timeout(120),
            Client(server, mode=mode, elicitation_callback=cast("Any", person)) as client,
        ):
            return [await client.call_tool("pay", {"amount": n}) for n in (5, 500, 501)]

    results = asyncio.run(story())
    assert [one.is_error for one in results] == [False, not speaks, True]
    ran = [json.loads(one)["amount"] for one in notes.read_text().splitlines()]
    assert ran == ([5, 500] if speaks else [5])
    assert len(asked) == (2 if speaks else 0)


def _command(folder: Path, notes: Path, *, speaks: bool) -> list[str]:
    said = ["--speaks-for-user"] if speaks else []
    wrap = ["-m", "app.cli", "mcp", "wrap", "--local", "--name", "bank", *said]
    kept = ["--policies", str(folder / "policies"), "--data", str(folder / "data")]
    return [*wrap, *kept, "--", sys.executable, "-S", str(SERVER), "fine", str(notes)]
