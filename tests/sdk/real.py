"""A real gateway in a thread of its own, listening on TCP and on a Unix socket at once."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import uvicorn

from app.main import create_app
from app.settings import Settings
from app.wiring import Gateway
from memory.keys import Scope

T = TypeVar("T")
PATIENCE_S: Final = 60.0
SEAT: Final = (
    Scope.CHECK,
    Scope.OBSERVE,
    Scope.OBSERVE_USER,
    Scope.ASSERT_SESSION,
    Scope.ASSERT_SUBJECT,
    Scope.ASSERT_CONTEXT,
    Scope.ASSERT_FACTS,
)
TOOLS: Final = [
    {"name": name, "risk": "low", "inputSchema": {"type": "object"}}
    for name in (
        "pay",
        "erase",
        "search",
        "cap",
        "mail",
        "lookup",
        "fail",
        "leak",
        "count",
        "tell",
        "wipe",
        "tidy",
    )
]
POLICY: Final = """\
policy bank version 1;

use tools "tools.json";

source lookup as untrusted;

rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule never: deny erase reply "Nothing is erased here." final;
rule searching: allow search when args.limit <= 100;
rule capped: allow search when args.limit > 100 with set(args.limit, 100);
rule widened: allow cap with set(args.unheard, 1);
rule others: allow mail, lookup, fail, leak;
rule thrice: deny count when count(count) >= 2;
rule counting: allow count;
rule wiping: allow wipe require tidy after;
rule tidying: allow tidy;
rule notified: allow tell require notify("security");

rule secret on result: deny leak because "it is a secret";
rule no_cards on result: allow mail, lookup with redact(result, "card");
rule no_errors on result: deny fail when result contains "password";
rule no_accounts on reply: deny when detects(reply, "iban") reply "Not shown.";
"""


class Real:
    """A gateway, its keys, and a loop that turns in another thread."""

    def __init__(self, folder: Path, policies: Path) -> None:
        settings = Settings(data=folder / "data", policies=policies)
        self.gateway = Gateway(settings)
        self.uds = str(folder / "s")
        self._sockets = [socket.create_server(("127.0.0.1", 0)), _unix(self.uds)]
        self.url = f"http://127.0.0.1:{self._sockets[0].getsockname()[1]}"
        config = uvicorn.Config(
            create_app(settings, self.gateway),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve(self._sockets))

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + PATIENCE_S
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.01)
        self.key = self.new_key(*SEAT, trusts_not_run=True)
        self.person = self.new_key(Scope.APPROVE, subject="boss")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        for one in self._sockets:
            one.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the gateway's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def new_key(self, *scopes: Scope, **fields: Any) -> str:
        name = fields.pop("name", "tester")
        return self.run(self.gateway.keys.create(name, scopes, datetime.now(UTC), **fields))

    def answer(self, approval: str, said: str = "approve") -> None:
        """Let a person say yes, or no."""
        headers = {"Authorization": f"Bearer {self.person}"}
        path = f"{self.url}/v1/approvals/{approval}/{said}"
        httpx.post(path, json={}, headers=headers, timeout=PATIENCE_S).raise_for_status()

    def look(self, session: str) -> Mapping[str, Any]:
        """Return what a session has seen."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.get(f"{self.url}/v1/sessions/{session}", headers=headers, timeout=PATIENCE_S)
        found: Mapping[str, Any] = answer.raise_for_status().json()
        return found

    def records(self, call_id: str) -> list[Any]:
        """Return what was recorded about a call, newest first."""
        found = self.run(self.gateway.records.latest(1000))
        return [one for one in found if one.call_id == call_id]


def _unix(path: str) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(path)
    bound.listen(64)
    return bound


def _written(folder: Path, policy: str) -> Path:
    policies = folder / "policies"
    policies.mkdir()
    (policies / "tools.json").write_text(json.dumps(TOOLS), "utf-8")
    (policies / "bank.bar").write_text(policy, "utf-8")
    return policies


@contextmanager
def gateway(folder: Path, policy: str | Path = POLICY) -> Iterator[Real]:
    """Run a gateway with a policy's text, or with a folder of policies."""
    real = Real(folder, policy if isinstance(policy, Path) else _written(folder, policy))
    real.start()
    try:
        yield real
    finally:
        real.stop()
