"""The page on notifications is what is sent."""

import json
import re
import tomllib
from pathlib import Path

from app.sending.settings import TargetSettings
from memory.keys import Scope
from tests.app.sending.receiving import receiving
from tests.app.sending.test_sender import notices
from tests.harness import GatewayHarness

PAGE = (Path(__file__).parents[2] / "docs" / "notify.md").read_text("utf-8")


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_message_of_the_page_is_sent(tmp_path: Path) -> None:
    """Its policy, its settings and its message, but for names and times."""
    tables = tomllib.loads(_block("toml"))["notify"]
    with receiving() as receiver:
        told = {"webhook": receiver.address, "secret": tables["security"]["secret"]}
        targets = {name: TargetSettings.model_validate(one) for name, one in tables.items()}
        targets["security"] = TargetSettings.model_validate(told)
        gateway = GatewayHarness(tmp_path, _block("bar"), notify=targets)
        key = gateway.new_key([Scope.CHECK], subject="ada")
        gateway.check({"call_id": "c1", "tool": "pay", "args": {"amount": 1001}}, key)
        notices(gateway)
        gateway.close()

    (sent,) = receiver.bodies()
    shown = json.loads(_block("json"))
    assert sent == {**shown, "at": sent["at"], "decision_id": sent["decision_id"]}
