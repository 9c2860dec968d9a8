"""The page on approvals runs as it stands."""

import json
import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path

from app.settings import Settings
from memory.keys import Scope
from tests.harness import GatewayHarness

PAGE = (Path(__file__).parents[2] / "docs" / "approvals.md").read_text("utf-8")
_REQUEST = re.compile(r"^( *)```json http (\w+) (\S+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_ANSWER = re.compile(r"^( *)```json\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_POLICY = re.compile(r"^```bar\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_the_requests_are_answered_as_the_page_says(tmp_path: Path) -> None:
    """Asked, approved, allowed, asked anew; and the handle looks as it is printed."""
    gateway = GatewayHarness(tmp_path, None)
    gateway.gateway.now = lambda: AT
    (policy,) = _POLICY.findall(PAGE)
    gateway.write("bank.bar", policy)
    gateway.reload()
    ada = gateway.new_key([Scope.APPROVE], roles=["treasury"], subject="ada")
    said, handles = [], [{"id": ""}]
    for _, method, path, text in _REQUEST.findall(PAGE):
        name = handles[0]["id"]
        body = json.loads(textwrap.dedent(text).replace('"ID"', f'"{name}"'))
        key = ada if path.startswith("/v1/approvals") else None
        handles = handles if name else []
        answer = gateway.request(method, path.replace("/ID/", f"/{name}/"), key, json=body).json()
        said.append(answer.get("effect", answer.get("status")))
        if answer.get("approval"):
            handles.append(answer["approval"])
    gateway.close()

    assert said == ["ask", "approved", "allow", "ask"]
    assert handles[0]["id"] != handles[1]["id"]
    (printed,) = (json.loads(text) for _, text in _ANSWER.findall(PAGE))
    name = handles[0]["id"]
    shown = json.dumps(handles[0]).replace(name, printed["id"])
    assert json.loads(shown) == printed


def test_the_numbers_are_the_defaults() -> None:
    """What the page says of settings is what they are."""
    fields = Settings.model_fields
    table = PAGE.partition("## For operators")[2]

    for name in ("approval_s", "ask_budget", "approval_holds"):
        row = re.search(rf"^\| `{name}` \|.*$", table, re.MULTILINE)
        assert row is not None
        assert str(fields[name].default) in row.group()
