"""Asks a whole gateway over HTTP about some scripts: its answers must be those in process."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from structlog.testing import capture_logs

from app.main import create_app
from app.settings import Settings
from app.wiring import Gateway
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Said
from bench.agentdojo.replay import Case, Way, World, play
from bench.agentdojo.score import POLICY
from bench.agentdojo.scripts import Call, Script
from bench.agentdojo.suites import Suite
from dsl import strictjson
from memory.keys import Scope

T = TypeVar("T")

PAIRS: Final = 20  # of each suite
_STRIDE: Final = 11  # has no factor with the number of pairs of any suite
WAY: Final = Way(POLICY, "B")  # nobody answers: a gateway gives no approvals yet
_JSON: Final = {"Content-Type": "application/json"}


class Disagrees(Exception):
    """A gateway answered otherwise over HTTP than in process."""


@dataclass(slots=True)
class Server:
    """A gateway with a store and a policy of its own, asked without a socket."""

    gateway: Gateway
    runner: asyncio.Runner
    client: httpx.AsyncClient
    sessions: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until some work is done."""
        return self.runner.run(work)

    def post(self, path: str, body: Any) -> Any:
        """Send a request, numbers as exact as they are."""
        content = strictjson.canonical(body)
        answer = self.run(self.client.post(path, content=content, headers=_JSON))
        answer.raise_for_status()
        return answer.json()


@contextmanager
def serving(suite: Suite) -> Iterator[Server]:
    """Run a gateway for as long as it is asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policies").mkdir()
        for one in (suite.policy, suite.tools):
            shutil.copy(one, folder / "policies")
        settings = Settings(data=folder / "data", policies=folder / "policies")
        gateway = Gateway(settings, now=lambda: suite.now)
        transport = httpx.ASGITransport(app=create_app(settings, gateway))
        with asyncio.Runner() as runner:
            with capture_logs():  # before there is a key, it warns that none may tell it anything
                runner.run(gateway.open())
            scopes = [one for one in Scope if one is not Scope.FEEDBACK]
            key = runner.run(gateway.keys.create("bench", scopes, suite.now))
            told = {"Authorization": f"Bearer {key}"}
            client = httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=told)
            yield Server(gateway, runner, client)
            runner.run(client.aclose())
            runner.run(gateway.close())


@dataclass(slots=True)
class Remote:
    """The decisions of a running gateway, in a session of their own."""

    server: Server
    session: str = field(init=False)

    def __post_init__(self) -> None:
        self.server.sessions += 1
        self.session = f"s{self.server.sessions}"

    def said(self, text: str) -> None:
        """Tell what the user says."""
        self._observe({"type": "user", "id": "user", "text": text})

    def decide(self, number: int, call: Call) -> Said:
        """Ask for a decision."""
        asked = {"call_id": f"c{number}", "session": self.session}
        body = self.server.post("/v1/check", {**asked, "tool": call.tool, "args": call.args})
        by = tuple(one.get("rule") or one["code"] for one in body["reasons"])
        return Said(body["effect"], by)

    def ran(self, number: int, call: Call, result: Any, *, failed: bool) -> None:
        """Tell what came back; that it was let through the gateway knows by itself."""
        event = {"type": "result", "id": f"r{number}", "call_id": f"c{number}", "result": result}
        self._observe({**event, "is_error": failed})

    def _observe(self, event: dict[str, Any]) -> None:
        self.server.post("/v1/observe", {"session": self.session, "events": [event]})


def chosen(scripts: Sequence[Script]) -> list[Script]:
    """Return pairs from all over a suite, of all its attacks, and always the same."""
    pairs = [one for one in scripts if one.attack]
    return [pairs[at * _STRIDE % len(pairs)] for at in range(min(PAIRS, len(pairs)))]


def compare_all(dojo: Dojo, suite: Suite, scripts: Sequence[Script], cases: Sequence[Case]) -> int:
    """Play some scripts over HTTP; return how many were decided as in process, or raise."""
    here = {one.id: one for one in cases if one.way == WAY}
    played = chosen(scripts)
    with serving(suite) as server:
        for script in played:
            dojo.open(script)
            compare(dojo, server, script, here[script.id])
    return len(played)


def compare(world: World, server: Server, script: Script, here: Case) -> None:
    """Play a script over HTTP, and hold it against what came of it in process."""
    there = play(world, script, WAY, Remote(server))
    if there != here:
        told = json.dumps([[one.effect, *one.by] for one in there.steps])
        message = f"{script.id} is decided otherwise over HTTP: {told}"
        raise Disagrees(message)
