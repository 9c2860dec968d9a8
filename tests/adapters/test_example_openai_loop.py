"""The example with the OpenAI client library: it runs as its page says, and prints what it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.adapters.needed import needed

needed("openai", "openai")

from tests.adapters.bank import Bank  # noqa: E402
from tests.e2e.gateway_process import GatewayProcess  # noqa: E402

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "openai-loop"
TASK: Final = "Read my mail and pay the bill to DE89 3704 0044 0532 0130 00"


@contextmanager
def scripted_model() -> Iterator[str]:
    """Start the model server of the example, and give its address."""
    command = [sys.executable, "scripted_model.py", "script.json"]
    with subprocess.Popen(command, cwd=EXAMPLE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def printed(bank: Bank, task: str = TASK) -> str:
    """Run the agent of the example, and return what it prints."""
    with scripted_model() as model:
        environment = {
            **os.environ,
            "DRAWBAR_URL": bank.url,
            "DRAWBAR_KEY": bank.host,
            "OPENAI_BASE_URL": model,
            "OPENAI_API_KEY": "none",
        }
        done = subprocess.run(
            [sys.executable, "agent.py", task],
            cwd=EXAMPLE,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    return done.stdout


def test_it_prints_what_its_page_says(tmp_path: Path) -> None:
    """The account in the mail is not paid, the user's is, and a large payment waits."""
    (said,) = re.findall(
        r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text("utf-8"), re.DOTALL
    )
    with (
        GatewayProcess(tmp_path, "--port", "0", policies=EXAMPLE / "policy") as process,
        Bank(process) as bank,
    ):
        got = printed(bank)
        without = printed(bank, "Read my mail")

    assert re.sub(r"apr_\w+", "apr_...", got) == said
    assert "***" not in without  # the user named no account, so nothing is paid
