"""The example with three MCP servers: it runs as its page says, and prints what it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")
needed("mcp", "mcp")

from tests.adapters.bank import Bank  # noqa: E402
from tests.e2e.gateway_process import GatewayProcess  # noqa: E402

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "langgraph-three-servers"
TASK: Final = "Pay the bill in my mail to DE89 3704 0044 0532 0130 00, then tell them"


def printed(bank: Bank, said: str) -> str:
    """Run the agent of the example, decide where it pauses, and return what it prints then."""
    environment = {**os.environ, "DRAWBAR_URL": bank.url, "DRAWBAR_KEY": bank.host}
    command = [sys.executable, "agent.py", TASK, "--script", "script.json"]
    with subprocess.Popen(
        command,
        cwd=EXAMPLE,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as agent:
        assert agent.stdin is not None
        assert agent.stdout is not None
        pause = re.search(r"apr_\w+", agent.stdout.readline())
        assert pause is not None
        bank.answer(pause.group(), said)
        agent.stdin.write("\n")
        agent.stdin.close()
        shown = agent.stdout.read()
    return shown.partition("decided.\n")[2]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("office")
    with (
        GatewayProcess(folder, "--port", "0", policies=EXAMPLE / "policy") as process,
        Bank(process) as held,
    ):
        yield held


def test_it_prints_what_its_page_says(office: Bank) -> None:
    """Neither the note nor the account of the letter is used, and the mail waits for a person."""
    page = (EXAMPLE / "README.md").read_text("utf-8")
    (said,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert printed(office, "reject") == said


def test_what_a_person_approves_is_sent(office: Bank) -> None:
    """With a yes the mail goes out."""
    assert "<- sent to billing@evil.example" in printed(office, "approve")
