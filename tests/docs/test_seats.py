"""The page on seats runs as it stands."""

import json
import re
from pathlib import Path

from tests.harness import GatewayHarness

PAGE = (Path(__file__).parents[2] / "docs" / "seats.md").read_text("utf-8")
_REQUEST = re.compile(
    r"^```json http (\w+) (\S+)( with the token)?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_POLICY = re.compile(r"^```bar\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_requests_are_answered_as_the_page_says(tmp_path: Path) -> None:
    """In its order: the token passes one call once, a tool is left out, batches are decided."""
    (policy,) = _POLICY.findall(PAGE)
    gateway = GatewayHarness(tmp_path, policy)
    said, token = [], ""
    for method, path, with_token, text in _REQUEST.findall(PAGE):
        headers = {"Drawbar-Decision": token} if with_token else {}
        answer = gateway.request(method, path, json=json.loads(text), headers=headers)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        token = body.get("seat_token") or token
        said.append(
            body.get("effect")
            or [one.get("effect") or one["name"] for one in body.get("decisions") or body["tools"]]
        )
    after = {"call_id": "b6", "session": "s3", "tool": "pay", "args": {"amount": 1}}
    last = gateway.check(after).json()["effect"]
    gateway.close()

    assert said == [
        "allow",
        "allow",
        "deny",
        ["pay"],
        ["allow", "deny", "deny"],
        ["deny", "deny"],
    ]
    assert last == "allow"
