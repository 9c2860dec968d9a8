"""The page on sessions runs as it stands."""

import json
import re
import textwrap
from pathlib import Path

from tests.harness import GatewayHarness

PAGE = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text("utf-8")
_REQUEST = re.compile(r"^( *)```json http (\w+) (\S+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_POLICY = re.compile(r"^```bar\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_requests_are_answered_as_the_page_says(tmp_path: Path) -> None:
    """In its order: told, allowed, told, denied, allowed, joined, narrowed."""
    gateway = GatewayHarness(tmp_path, None)
    (policy,) = _POLICY.findall(PAGE)
    gateway.write("bank.bar", policy)
    gateway.reload()
    said = []
    for _, method, path, text in _REQUEST.findall(PAGE):
        body = json.loads(textwrap.dedent(text))
        answer = gateway.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        said.append(answer.json().get("effect", path))
        if path == "/v1/sessions":  # the one in which all of it happened
            assert answer.json()["session"] == "s1"
    gateway.close()

    assert said == [
        "/v1/observe",
        "allow",
        "/v1/observe",
        "deny",
        "allow",
        "/v1/sessions",
        "/v1/sessions/s1/overlay",
    ]
