"""A gateway that learns: an office that sends mail, people who report, a clock that a test sets."""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from app.cli.calling import Api
from app.cli.main import cli
from dsl import strictjson
from memory.evidence.evidence import Piece
from memory.evidence.kind import Kind
from memory.induction.case import Case
from memory.induction.log import Log
from memory.keys import Scope
from memory.learning.job import Job, line
from memory.learning.making import made
from memory.learning.packing import packed
from memory.learning.terms import Terms
from memory.records.act import Actor, By
from memory.tables import evidence
from tests.harness import GatewayHarness
from tests.memory.induction import world

POLICY: Final = """\
policy office version 1;
use tools "world.tools.json";
rule mail: allow send when args.env != "dev";
rule look: allow read;
rule large: ask send when args.amount > 400;
rule never: deny send when args.env == "test" and args.amount > 300;
"""
GATEWAY: Final = Actor(By.GATEWAY, "tester")


class Office:
    """One gateway with its people."""

    def __init__(self, folder: Path, policy: str = POLICY, **settings: Any) -> None:
        memory = {
            "learn": True,
            "internal": ["corp.example"],
            "partners": ["partner.example"],
            **settings.pop("memory", {}),
        }
        (folder / "policies").mkdir(exist_ok=True)
        tools = json.dumps([world.SEND, world.READ])
        (folder / "policies" / "world.tools.json").write_text(tools, "utf-8")
        self.harness = GatewayHarness(folder, policy, memory=memory, **settings)
        self.gateway = self.harness.gateway
        self.at = world.START + timedelta(days=3)
        self.gateway.now = lambda: self.at
        self.people = {
            name: self.harness.new_key([Scope.FEEDBACK], name=name, subject=name)
            for name in ("ana", "ben", "eva")
        }
        self.wrong: list[str] = []
        self.key = ""
        self.first: Any = None
        self.second: Any = None
        self._calls = 0

    @property
    def learning(self) -> Any:
        """Return what learns."""
        assert self.gateway.learning is not None
        return self.gateway.learning

    def send(self, key: str | None = None, **args: Any) -> Any:
        """Ask whether mail may be sent, in a session in which the user named the address."""
        self._calls += 1
        session = args.pop("session", f"s{self._calls}")
        call = args.pop("call_id", "c1")
        about = {"subject": {"id": "ada"}, "agent": {"id": "clerk"}, "session": session}
        given = {"to": "a@corp.example", "env": "prod", "amount": 5, **args}
        words = " ".join(str(one) for one in given.values())
        event = {"type": "user", "id": "u1", "text": words}
        told = {**about, "events": [event]}
        self.harness.request("POST", "/v1/observe", key, json=told)
        body = {"call_id": call, "tool": "send", "args": given, **about}
        return self.harness.check(body, key).json()

    def say(self, decision: str, who: str, label: str = "violation") -> Any:
        """Report on a decision."""
        body = {"decision_id": decision, "label": label}
        return self.harness.request("POST", "/v1/feedback", self.people[who], json=body).json()

    def keep(self, cases: Iterable[Case], tenant: str = "default") -> None:
        """Put cases into the store as a gateway does that decided so many calls."""

        async def kept() -> None:
            key = await self.gateway.vault.key(tenant, "ada")
            rows = [
                row
                for one in cases
                for row in self.gateway.keeper.evidence.rows(key, [_piece(one)], one.at)
            ]
            async with self.gateway.database.write() as connection:
                await connection.execute(insert(evidence), rows)

        self.harness.run(kept())

    def learn(self, tenant: str = "default") -> Any:
        """Make the rules anew, and take them up."""
        return self.harness.run(self.learning.refresh(tenant, GATEWAY, self.at))

    def install(self, content: Any) -> None:
        """Store a revision as a gateway does that made it, and take it up."""
        self.harness.run(self.learning.revisions.put(content, GATEWAY, self.at))
        self.take()

    def take(self) -> None:
        """Take up what stands in the store, as a gateway does that hears of it."""
        self.harness.run(self.learning.take_up())

    def later(self, **spans: float) -> None:
        """Let time pass."""
        self.at += timedelta(**spans)

    def command(self, patch: pytest.MonkeyPatch) -> Callable[..., str]:
        """Return what runs a command of `drawbar memory`, which this gateway answers."""

        def asked(_api: Api, method: str, path: str, **parts: Any) -> Any:
            return self.harness.request(method, path, self.key, **parts)

        def run(*words: str, code: int = 0) -> str:
            self.harness.rest()
            done = CliRunner().invoke(cli, ("memory", *words), env={"DRAWBAR_KEY": "drw_x"})
            assert done.exit_code == code, done.output
            return done.output

        patch.setattr(Api, "_answer", asked)
        return run

    def close(self) -> None:
        """Close the gateway."""
        self.harness.close()


def made_of(log: Log, terms: Terms, seq: int = 0) -> dict[str, Any]:
    """Return the revision that a log comes to; under another number if one is given."""
    cases = [line(one.decision_id, one.at, written(one)) for one in log.cases.values()]
    content = made(Job(terms, log.reports, log.withdrawn, log.refreshes, cases))
    return {**content, "seq": seq or content["seq"]}


def written(one: Case) -> bytes:
    """Return a case as it is sealed."""
    return strictjson.canonical(_piece(one).content).encode()


def _piece(one: Case) -> Piece:
    told = {
        "tool": one.tool,
        "features": packed(one.features),
        "base": [str(one.base.effect), one.base.soft],
        "effect": str(one.effect),
    }
    return Piece(Kind.FEATURES, told, one.decision_id)


def traffic(calls: int = 250) -> list[Case]:
    """Return what was sent to colleagues all week."""
    args = {"to": "a@corp.example", "env": "prod", "amount": 5}
    start = world.START + timedelta(days=1)
    return [
        world.case(number, args, tenant="default", at=start + timedelta(minutes=number))
        for number in range(calls)
    ]
