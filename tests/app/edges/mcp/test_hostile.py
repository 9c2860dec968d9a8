"""Servers that are hostile, or wedged: no call waits for ever, and nothing stays behind."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from app.edges.mcp.links.link import Garbled, Lost, Unsent
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.wrapping import starting

HOSTILE: Final = str(Path(__file__).with_name("hostile.py"))
CALL: Final[Any] = {"name": "pay", "arguments": {}}


def play(how: str, notes: Path, story: Callable[[Upstream], Awaitable[None]]) -> None:
    """Play a story with a server of one kind, and end the server."""
    command = [sys.executable, "-S", HOSTILE, how, str(notes)]

    async def whole() -> None:
        async with asyncio.timeout(90):
            upstream = Upstream("bank", starting("bank", command, {}), ask_s=2)
            try:
                await story(upstream)
            finally:
                await upstream.close()

    asyncio.run(whole())


def is_there(pid: str) -> bool:
    """Tell whether a process runs; one that ended and nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(pid: str) -> bool:
    for _ in range(300):
        if not is_there(pid):
            return True
        await asyncio.sleep(0.1)
    return False


def test_a_server_that_reads_nothing_keeps_no_call_waiting(tmp_path: Path) -> None:
    """Calls that do not fit its pipe end in time, or when they are given up, and do not pile up."""
    large = {"name": "pay", "arguments": {"text": "x" * 200_000}}

    async def story(upstream: Upstream) -> None:
        calls = [asyncio.create_task(upstream.ask("tools/call", large)) for _ in range(3)]
        told = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one) for one in told] == [Lost] * 3
        given_up = asyncio.create_task(upstream.ask("tools/call", large))
        await asyncio.sleep(0.1)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        calls = [asyncio.create_task(upstream.ask("tools/call", large)) for _ in range(50)]
        told = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(one) for one in told} == {Lost, Unsent}

    play("reads nothing", tmp_path / "notes", story)


def test_a_second_answer_is_nobodys(tmp_path: Path) -> None:
    """It is dropped, or ends the connection; it is never the answer to another call."""

    async def story(upstream: Upstream) -> None:
        for _ in range(3):
            with suppress(Garbled, Unsent, Lost):
                found = await upstream.ask("tools/call", CALL)
                assert found["content"][0]["text"] == "done"

    play("answers twice", tmp_path / "notes", story)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", ["leaves a child", "stays"])
def test_nothing_of_a_server_outlives_its_connection(tmp_path: Path, how: str) -> None:
    """Neither one that ignores being asked to end, nor a child that holds its pipes."""
    notes = tmp_path / "notes"

    async def story(upstream: Upstream) -> None:
        assert (await upstream.ask("tools/call", CALL))["content"]
        assert is_there(notes.read_text().strip())
        await upstream.close()
        assert await gone(notes.read_text().strip())

    play(how, notes, story)
