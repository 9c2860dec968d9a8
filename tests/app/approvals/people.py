"""A gateway with people: an agent that asks, and keys that may approve."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from memory.keys import Scope
from tests.harness import GatewayHarness, pay

AGENT: Final = (
    Scope.CHECK,
    Scope.OBSERVE,
    Scope.OBSERVE_USER,
    Scope.ASSERT_SESSION,
    Scope.ASSERT_CONTEXT,
)
RULES: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule never: deny erase;
"""
BODY: Final = pay(args={"recipient": "Ada", "amount": 500})


class People:
    """A gateway whose clock the test sets."""

    def __init__(self, folder: Path, policy: str = RULES, **settings: Any) -> None:
        self.gateway = GatewayHarness(folder, policy, **settings)
        self.at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
        self.gateway.gateway.now = lambda: self.at
        self.agent = self.gateway.new_key(AGENT, subject="ada", agent="a1", name="agent")
        self.boss = self.gateway.new_key([Scope.APPROVE], subject="boss", name="boss")

    def later(self, **spans: float) -> None:
        """Let time pass."""
        self.at += timedelta(**spans)

    def ask(self, key: str | None = None, **members: Any) -> dict[str, Any]:
        """Ask for a decision about a large payment, or something else."""
        answer = self.gateway.check({**BODY, **members}, key or self.agent)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def asked(self, key: str | None = None, **members: Any) -> str:
        """Ask, and return the approval that is waited for."""
        answer = self.ask(key, **members)
        assert answer["effect"] == "ask", answer
        return str(answer["approval"]["id"])

    def say(self, word: str, approval: str, key: str | None = None, comment: str = "") -> Any:
        """Approve or reject."""
        path = f"/v1/approvals/{approval}/{word}"
        body = {"comment": comment} if comment else {}
        return self.gateway.request("POST", path, key or self.boss, json=body)

    def approved(self, key: str | None = None, **members: Any) -> str:
        """Ask, and let the boss approve; return the approval."""
        approval = self.asked(key, **members)
        answer = self.say("approve", approval)
        assert answer.json()["status"] == "approved", answer.text
        return approval

    def look(self, approval: str, key: str | None = None) -> Any:
        """Look at an approval."""
        return self.gateway.request("GET", f"/v1/approvals/{approval}", key or self.boss)

    def role(self, *roles: str, subject: str, scopes: Any = (Scope.APPROVE,)) -> str:
        """Return a key with roles."""
        return self.gateway.new_key(scopes, subject=subject, roles=roles)
