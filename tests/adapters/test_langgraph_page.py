"""The page about LangChain and LangGraph: its blocks run, and print what they say."""

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.pages import blocks, executed, policy  # noqa: E402
from tests.adapters.scripted import call, script  # noqa: E402
from tests.e2e.gateway_process import GatewayProcess  # noqa: E402

PAGE = "langgraph.md"


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks run in order, a person approves where the page says so, and it all agrees."""
    huge = call("send_money", "c2", recipient="Eve", amount=50000)
    model = script(
        [call("send_money", recipient="Ada"), huge],
        "Done.",
        [call("send_money", recipient="Ada", amount=500)],
        "Done.",
        [huge],
    )
    names: dict[str, Any] = {"model": model}
    found = blocks(PAGE)
    (tmp_path / "policies").mkdir()
    with (
        GatewayProcess(
            tmp_path, "--port", "0", policies=policy(PAGE, tmp_path / "policies")
        ) as process,
        Bank(process) as bank,
    ):
        monkeypatch.setenv("DRAWBAR_URL", bank.url)
        monkeypatch.setenv("DRAWBAR_KEY", bank.host)
        printed = []
        for language, text in found:
            if language == "console" and "approvals approve" in text:
                bank.answer(names["pause"]["approval"])
            printed.append(executed(text, names) if language == "python" else "")

    pairs = list(zip(found, printed, found[1:], strict=False))
    said = [(shown, after[1]) for one, shown, after in pairs if (one[0], after[0]) == PRINTS]
    assert len(said) == 4
    assert [shown for shown, _ in said] == [text for _, text in said]


PRINTS = ("python", "text")
