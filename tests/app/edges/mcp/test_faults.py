"""The fault table of servers: whatever they do, nothing unread is shown and nothing runs twice."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from app.edges.mcp import pins
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.pinning import listed
from app.edges.mcp.wrapping import starting
from tests.app.edges.mcp.scripted import Seated, said
from tests.harness import GatewayHarness

FAULTY: Final = str(Path(__file__).with_name("faulty.py"))
POLICY: Final = "policy bank version 1;\nrule pay: allow bank/pay;\n"


class Faulty:
    """A gate before a server that goes wrong."""

    def __init__(self, folder: Path) -> None:
        self.seated = Seated(GatewayHarness(folder, POLICY))
        self._notes = folder / "notes"
        self.upstream: Upstream | None = None

    def command(self, how: str) -> list[str]:
        return [sys.executable, "-S", FAULTY, how, str(self._notes)]

    def run(self, how: str, story: Any, ask_s: float = 60.0, **options: Any) -> None:
        """Play a story with a client, before a server of this kind."""
        opens = starting("bank", self.command(how), {})

        async def play() -> None:
            tools = await listed("bank", starting("bank", self.command("fine"), {}))
            pins.write(self.seated.harness.policies, "bank", tools)
            gate = await self.seated.gate()
            self.upstream = Upstream("bank", opens, ask_s)
            gate.servers.by_name = {"bank": self.upstream}
            async with self.seated.client(gate=gate, **options) as client:
                await story(client)

        self.seated.run(play)

    @property
    def ran(self) -> list[Any]:
        if not self._notes.exists():
            return []
        return [json.loads(line) for line in self._notes.read_text().splitlines()]


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Faulty]:
    made = Faulty(tmp_path)
    yield made
    made.seated.harness.close()


@pytest.mark.parametrize(
    "how",
    [
        "not json",
        "a key twice",
        "not utf-8",
        "oversized",
        "another id",
        "another id, then ours",
        "a text as id",
        "no content",
        "an unknown block",
        "a batch",
    ],
)
def test_an_answer_that_cannot_be_used_is_not_shown(faulty: Faulty, how: str) -> None:
    """Oversized, not JSON, of another id or another shape: an error, and nothing of it is shown."""

    async def story(client: Any) -> None:
        result = await client.call_tool("pay", {"amount": 5})
        assert result.is_error
        assert "done" not in result.model_dump_json()
        assert result.structured_content["drawbar"]["reason"] == "unreadable"

    faulty.run(how, story)

    assert faulty.ran == [{"amount": 5}]


@pytest.mark.parametrize("how", ["dies", "half an answer"])
def test_a_server_that_dies_after_sending_leaves_the_outcome_unknown(
    faulty: Faulty, how: str
) -> None:
    """Nobody knows whether the call took effect: it is said so, and it is not made again."""

    async def story(client: Any) -> None:
        result = await client.call_tool("pay", {"amount": 5})
        told = result.structured_content["drawbar"]
        assert (told["reason"], told["retryable"]) == ("outcome_unknown", False)
        assert "unknown" in said(result)

    faulty.run(how, story)

    assert faulty.ran == [{"amount": 5}]


@pytest.mark.parametrize("how", ["dies", "not json"])
def test_a_call_whose_outcome_is_unknown_stays_counted(faulty: Faulty, how: str) -> None:
    """It may have been done, so a limit of one lets no second one through once it is back."""
    limited = POLICY + 'rule once: deny bank/pay when count("bank/pay") >= 1;\n'
    faulty.seated.harness.write("bank.bar", limited)
    faulty.seated.harness.reload()

    async def story(client: Any) -> None:
        await client.call_tool("pay", {"amount": 5})
        upstream = faulty.upstream
        assert upstream is not None
        upstream._opens = starting("bank", faulty.command("fine"), {})
        for _ in range(500):
            second = await client.call_tool("pay", {"amount": 6})
            told = second.structured_content["drawbar"]
            if told["reason"] != "not_sent":
                break
            await asyncio.sleep(0.1)
        assert (told["effect"], told["reason"]) == ("deny", "rule")

    faulty.run(how, story)

    assert faulty.ran == [{"amount": 5}]


def test_a_server_that_does_not_answer_leaves_the_outcome_unknown(faulty: Faulty) -> None:
    """Waiting ends, and what became of the call is unknown."""

    async def story(client: Any) -> None:
        result = await client.call_tool("pay", {"amount": 5})
        assert result.structured_content["drawbar"]["reason"] == "outcome_unknown"

    faulty.run("silent", story, ask_s=1.5)


def test_a_server_that_died_is_started_again_and_not_at_once(faulty: Faulty) -> None:
    """After a death a call is not sent for a while, and is then answered by a new process."""

    async def story(client: Any) -> None:
        first = await client.call_tool("pay", {"amount": 5})
        assert first.structured_content["drawbar"]["reason"] == "outcome_unknown"
        hasty = await client.call_tool("pay", {"amount": 6})
        assert hasty.is_error
        upstream = faulty.upstream
        assert upstream is not None
        upstream._opens = starting("bank", faulty.command("fine"), {})
        for _ in range(500):
            if not (await client.call_tool("pay", {"amount": 7})).is_error:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("it never came back")

    faulty.run("dies", story)

    assert [one["amount"] for one in faulty.ran] == [5, 7]


def test_sampling_is_refused_and_logs_are_dropped(faulty: Faulty) -> None:
    """A server that asks for a model's words gets an error; what it logs reaches nobody."""
    logged: list[Any] = []

    async def log(params: Any) -> None:
        logged.append(params)

    async def story(client: Any) -> None:
        await client.list_tools()
        result = await client.call_tool("pay", {"amount": 5})
        assert not result.is_error

    faulty.run("asks for sampling", story, logging_callback=log)

    assert logged == []
    assert faulty.ran == [{"amount": 5}]


def test_a_server_that_cannot_be_started_is_an_error_and_no_call(faulty: Faulty) -> None:
    """Where there is no such program nothing is listed, and a call says that it was not made."""
    fine = faulty.command("fine")

    async def story(client: Any) -> None:
        assert (await client.list_tools()).tools == []
        result = await client.call_tool("pay", {"amount": 5})
        assert result.structured_content["drawbar"]["reason"] == "not_sent"

    faulty.command = lambda how: fine if how == "fine" else ["/nowhere/at-all"]  # type: ignore[method-assign]
    faulty.run("absent", story)

    assert faulty.ran == []
