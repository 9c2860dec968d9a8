"""A gateway with one source of facts, for tests to ask."""

import json
from pathlib import Path
from typing import Any

from tests.app.facts.serving import Server
from tests.harness import GatewayHarness

POLICY = """\
policy p version 1;
use tools "p.tools.json";
fact limit = lookup get_limit(id: args.id) within 2s;
rule open: allow send, set_limit, get_limit, search;
rule over: deny send when args.amount > fact.limit;
"""
ANY = {"type": "object"}
TOOLS: list[dict[str, Any]] = [
    {"name": "send", "inputSchema": ANY, "annotations": {"readOnlyHint": True}},
    {"name": "set_limit", "inputSchema": ANY, "annotations": {"readOnlyHint": True}},
    {"name": "get_limit", "inputSchema": ANY, "read_only": True},
    {"name": "search", "inputSchema": ANY, "read_only": False},
]


class Gateway(GatewayHarness):
    """A gateway with one source, `get_limit`, on a server of the test."""

    def __init__(self, folder: Path, server: Server, policy: str = POLICY, **settings: Any) -> None:
        self.numbers = iter(range(1_000))
        (folder / "policies").mkdir(exist_ok=True)
        (folder / "policies" / "p.tools.json").write_text(json.dumps(TOOLS))
        source = {"kind": "http", "url": server.address + "/limits/{id}"}
        source |= settings.pop("source", {})
        more = settings.pop("more", {})
        super().__init__(folder, policy, facts={"get_limit": source, **more}, **settings)

    def ask(
        self, tool: str = "send", amount: int = 5, session: str | None = "s1", **more: Any
    ) -> Any:
        """Ask for a decision, each under a name of its own."""
        body = {
            "call_id": f"c{next(self.numbers)}",
            "tool": tool,
            "args": {"id": "a", "amount": amount},
        }
        headers = more.pop("headers", {})
        key = more.pop("key", None)
        body |= {} if session is None else {"session": session}
        return self.check({**body, **more}, key, headers=headers).json()

    def effect(self, *args: Any, **more: Any) -> str:
        return str(self.ask(*args, **more)["effect"])

    def came(self, call_id: str, session: str = "s1", *, failed: bool = False) -> Any:
        """Tell that a call came back."""
        event = {
            "type": "result",
            "id": f"r{call_id}",
            "call_id": call_id,
            "result": {},
            "is_error": failed,
        }
        answer = self.request("POST", "/v1/observe", json={"session": session, "events": [event]})
        assert answer.status_code == 200
        return answer.json()

    def runs(self, tool: str, session: str = "s1", *, failed: bool = False) -> None:
        """Let a call through, and tell that it came back."""
        said = self.ask(tool, session=session)
        assert said["effect"] == "allow"
        self.came(said["call_id"], session, failed=failed)
