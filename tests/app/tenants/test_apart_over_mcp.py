"""Two tenants at one MCP gateway: whatever their clients send, neither sees nor moves the other."""

import json
import sys
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from app.edges.mcp import pins
from app.edges.mcp.links.opening import MODERN
from tests.app.edges.mcp.test_serving_http import CAPABILITIES, FAULTY, REVISION, TOOL
from tests.app.tenants.drawing import MINTED
from tests.app.tenants.living import Tenant, Two

POLICY: Final = """\
policy bank version 1;
rule few: deny one/pay when count(pay within 1d per tenant) >= 3 reply "That is all today.";
rule small: allow one/pay when args.amount <= 100;
rule large: ask one/pay when args.amount > 100 because "large payments need a person";
"""
LEGACY: Final = "2025-11-25"
URL: Final[dict[str, Any]] = {"elicitation": {"url": {}}}
STEPS: Final = 40
SENT: Final = {"Accept": "application/json, text/event-stream", "Host": "localhost"}


class AtMcp(Two):
    """Two tenants whose clients use equal names for sessions, and each other's where they can."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.notes = folder / "one.notes"
        server = {"command": sys.executable, "args": ["-S", FAULTY, "fine", str(self.notes)]}
        mcp = {"gateways": {"work": {"servers": {"one": server}, "wait_s": 0}}}
        super().__init__(folder, random, mcp=mcp, public_url="https://drawbar.example.com")
        self.gateway.write("bank.bar", POLICY)
        pins.write(self.gateway.policies, "one", [TOOL])
        self.gateway.reload()
        assert self.gateway.gateway.live.refused is None
        self.states: dict[str, list[tuple[str, dict[str, Any]]]] = {one: [] for one in self.tenants}
        self.handshakes: dict[str, str] = {}
        self.allowed = dict.fromkeys(self.tenants, 0)  # by what a call says of whose it is
        self.made = dict.fromkeys(self.tenants, 0)  # by who made it
        self.told: set[str] = set()

    def step(self) -> None:
        """Let a client of one tenant send something; nothing of the other shows or changes."""
        me, other = (self.tenants[one] for one in self.random.sample(sorted(self.tenants), 2))
        before = self.kept(other.name)
        work = (self._list, self._pay, self._pay, self._take_up, self._shake, self._yes)
        self.random.choice(work)(me, other)
        assert self.kept(other.name) == before, f"{me.name} changed what is kept of {other.name}"

    def _list(self, me: Tenant, other: Tenant) -> None:
        told = self._said(me, other, "tools/list", {}).json()["result"]
        assert [one["name"] for one in told["tools"]] == ["one__pay"]
        self.told.add("listed")

    def _pay(self, me: Tenant, other: Tenant, **more: Any) -> None:
        args = {"amount": self.random.choice([5, 500]), "note": me.name}
        self._call(me, other, {"name": "one__pay", "arguments": args, **more})

    def _call(self, me: Tenant, other: Tenant, params: dict[str, Any]) -> None:
        result = self._said(me, other, "tools/call", params).json()["result"]
        if "requestState" in result:
            self.states[me.name].append((result["requestState"], params["arguments"]))
            self.told.add("asked")
            return
        words = result["content"][0]["text"]
        self.told.add("ran" if words == "done" else words)
        self.allowed[params["arguments"]["note"]] += words == "done"
        self.made[me.name] += words == "done"

    def _take_up(self, me: Tenant, other: Tenant) -> None:
        """Come back with what the other was asked about, or oneself."""
        whose = self.random.choice([me, other])
        if not self.states[whose.name]:
            return
        state, args = self.random.choice(self.states[whose.name])
        back = {"requestState": state, "inputResponses": {"drawbar": {"action": "accept"}}}
        self._call(me, other, {"name": "one__pay", "arguments": args, **back})
        if whose is other:
            self.told.add("taken up for another")

    def _shake(self, me: Tenant, other: Tenant) -> None:
        """Shake hands as earlier revisions do, and then speak in the session of the other."""
        params = {"protocolVersion": LEGACY, "capabilities": {}}
        params["clientInfo"] = {"name": me.mark, "version": "1"}
        made = self._post(me, other, {"method": "initialize", "params": params}, {})
        self.handshakes[me.name] = made.headers["mcp-session-id"]
        if (theirs := self.handshakes.get(other.name)) is not None:
            headers = {"MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": theirs}
            body = {"method": "tools/list", "params": {}}
            assert self._post(me, other, body, headers).status_code == 404
            self.told.add("a handshake of another")

    def _yes(self, me: Tenant, other: Tenant) -> None:
        """Say yes to what one's own tenant was asked, and try it on the other's."""
        for whose in (other, me):
            asked = [one for one in whose.ids if one.startswith("apr_")]
            if asked:
                path = f"/v1/approvals/{self.random.choice(asked)}/approve"
                answer = self.gateway.request("POST", path, me.boss, json={})
                assert whose is me or answer.status_code == 404
                self.told.add(f"{'own' if whose is me else 'foreign'} {answer.status_code}")

    def _said(
        self, me: Tenant, other: Tenant, method: str, params: dict[str, Any]
    ) -> httpx.Response:
        """Send a message of the new revision, in a session of a name that both use."""
        session = {"drawbar/session": self.random.choice(["s1", "s2"])}
        told = {REVISION: MODERN, CAPABILITIES: URL, **session}
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        headers |= {"Mcp-Name": params["name"]} if "name" in params else {}
        body = {"method": method, "params": {**params, "_meta": told}}
        answer = self._post(me, other, body, headers)
        assert answer.status_code == 200, answer.text
        return answer

    def _post(
        self, me: Tenant, other: Tenant, body: dict[str, Any], headers: dict[str, str]
    ) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": 1, **body}
        key = self.random.choice(me.keys)
        self.sent += 1
        answer = self.gateway.request(
            "POST", "/mcp/work", key, json=message, headers={**SENT, **headers}
        )
        self._holds(answer, json.dumps(body), me, other)
        own = self.gateway.request("GET", "/v1/approvals", me.boss)
        me.ids.update(dict.fromkeys(MINTED.findall(own.text)))
        return answer

    def ran(self) -> list[str]:
        """Return whose calls reached the server."""
        if not self.notes.exists():
            return []
        return [json.loads(line)["note"] for line in self.notes.read_text().splitlines()]


def test_clients_of_two_tenants_never_meet(tmp_path: Path) -> None:
    """Lists, calls, questions, handshakes and approvals, drawn from both at once."""
    two = AtMcp(tmp_path, Random(3))  # noqa: S311 - what is drawn is no secret
    for _ in range(STEPS):
        two.step()
    ran = two.ran()
    two.gateway.run(_ended(two))
    two.close()

    assert {one: ran.count(one) for one in two.tenants} == two.allowed
    assert two.told >= {"listed", "ran", "asked", "taken up for another", "a handshake of another"}
    assert two.told >= {"own 200", "foreign 404", "That is all today."}
    assert set(two.made.values()) == {3}  # what the other did counts for nobody else


async def _ended(two: AtMcp) -> None:
    async with two.gateway.app.router.lifespan_context(two.gateway.app):
        pass
