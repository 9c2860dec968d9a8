"""A gateway, a client that can be asked, and a tool whose runs are counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.auth import Caller
from app.edges.mcp.asking import Instead
from app.edges.mcp.asking_people import QUESTION, AskingPeople
from app.edges.mcp.here import Here, OwnSessions
from app.edges.mcp.judge import Asked, Ruling
from app.edges.mcp.links.opening import LEGACY, MODERN
from app.edges.mcp.peer import Peer
from app.edges.mcp.request_state import RequestStates
from dsl.model import Effect
from memory.keys import Scope
from tests.harness import GatewayHarness

RULES: Final = """\
policy bank version 1;
rule small: allow bank/pay when args.amount <= 100;
rule large: ask bank/pay when args.amount > 100 approver user because "that is much";
rule huge: ask bank/pay when args.amount > 10000 approver role "treasury";
rule move: ask bank/move approver role "treasury";
rule never: deny bank/erase;
"""
FORM: Final[Mapping[str, Any]] = {"elicitation": {"form": {}}}
URL: Final[Mapping[str, Any]] = {"elicitation": {"url": {}}}
BOTH: Final[Mapping[str, Any]] = {"elicitation": {"form": {}, "url": {}}}
YES: Final = {"action": "accept", "content": {"approve": True}}
NO: Final = {"action": "decline"}
CANCEL: Final = {"action": "cancel"}
WENT: Final = {"action": "accept"}
BASE: Final = "https://drawbar.example.com"
Answers = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass
class Back:
    """The way back to a client before 2026-07-28."""

    answers: Answers
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def notify(self, method: str, _params: Mapping[str, Any]) -> None:
        self.told.append(method)

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        self.asked.append(params)
        return self.answers(method, params)


class Desk:
    """One client at one gateway. `ran` holds the arguments of each call that was made."""

    def __init__(self, folder: Path, secret: str = "", *, speaks: bool = True) -> None:
        self.gateway = GatewayHarness(folder, RULES, public_url=BASE)
        self.at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
        self.gateway.gateway.now = lambda: self.at
        scopes = (Scope.CHECK, Scope.OBSERVE, Scope.ASSERT_SESSION)
        self.secret = secret or self.gateway.new_key(scopes, subject="ada", agent="desk")
        self.own = OwnSessions()
        self.judge = self.judges(self.secret, speaks=speaks)
        self.states = RequestStates(lambda: self.gateway.gateway.carried_root, lambda: self.at)
        self.wait_s = 0
        self.ran: list[Mapping[str, Any]] = []
        self.number = 0

    def judges(self, secret: str, *, speaks: bool) -> Here:
        key = self.gateway.run(self.gateway.gateway.keys.find(secret))
        assert key is not None
        return Here(self.gateway.gateway, Caller(key), self.own, speaks_for_user=speaks)

    def peer(self, capabilities: Mapping[str, Any] = FORM, **more: Any) -> Peer:
        return replace(Peer(self.judge, MODERN, capabilities), **more)

    def old(self, answers: Answers, capabilities: Mapping[str, Any] = FORM) -> tuple[Peer, Back]:
        back = Back(answers)
        return self.peer(capabilities, revision=LEGACY, back=back), back

    async def decide(
        self, peer: Peer, tool: str = "pay", params: Mapping[str, Any] | None = None, **args: Any
    ) -> Ruling | Instead:
        """Decide a call, and make it if it is let through."""
        self.number += 1
        session = await peer.judge.session(None)
        asked = Asked(f"c{self.number}", "bank", tool, args or {"amount": 500}, session)
        asking = AskingPeople("main", self.states, self.wait_s)
        found = await asking.decide(peer, asked, params or {})
        if isinstance(found, Ruling) and found.effect is Effect.ALLOW:
            self.ran.append(asked.args)
        return found

    def call(self, peer: Peer | None = None, **more: Any) -> Ruling | Instead:
        return self.gateway.run(self.decide(peer or self.peer(), **more))

    def question(self, peer: Peer | None = None, **more: Any) -> Mapping[str, Any]:
        """Make a call that is answered with a question."""
        found = self.call(peer, **more)
        assert isinstance(found, Instead), found
        return found.result

    def ruling(self, peer: Peer | None = None, **more: Any) -> Ruling:
        found = self.call(peer, **more)
        assert isinstance(found, Ruling), found
        return found

    def later(self, **spans: float) -> None:
        self.at += timedelta(**spans)


def back(question: Mapping[str, Any], answer: object) -> dict[str, Any]:
    """Return the parameters of a client that comes back with an answer."""
    return {"requestState": question["requestState"], "inputResponses": {QUESTION: answer}}
