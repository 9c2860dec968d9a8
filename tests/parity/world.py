"""Two gateways of one folder of policies: one that is asked from outside, one within a wrap."""

import asyncio
import json
import shutil
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import uvicorn

from app.data_folder import DIGEST_KEY
from app.edges.mcp import pins
from app.edges.mcp.judge import Judge
from app.edges.mcp.local import KEY, Local, _Server
from app.main import create_app
from app.own_key import LOCAL_USER
from app.own_socket import socket_of
from app.settings import Settings
from app.wiring import Gateway
from memory.keys import DEFAULT_TENANT, Scope
from memory.records.query import Wanted, page
from memory.records.record import DecisionRecord
from tests.parity.loops import PATIENCE_S, Loop
from tests.parity.notes import command
from tests.parity.policies import ANYTHING, GIVES, TOOLS
from tests.stores import sqlite_store

NOWHERE: Final = "http://127.0.0.1:9/{id}"  # where the one source of facts would be
MCP: Final = "parity"
BANK: Final = "bank"
HOST: Final = frozenset(
    (
        Scope.CHECK,
        Scope.OBSERVE,
        Scope.OBSERVE_USER,
        Scope.ASSERT_SESSION,
        Scope.ASSERT_CONTEXT,
        Scope.ASSERT_FACTS,
    )
)
PEOPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "anybody": {"subject": "eve"},
    "treasury": {"subject": "boss", "roles": ("treasury",)},
    "user": {"subject": LOCAL_USER},
}


class Decides:
    """A gateway of the tests: it can be told what happened, and says what it recorded."""

    gateway: Gateway
    key: str
    local: str

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._people: dict[str, str] = {}

    def opened(self, gateway: Gateway, key: str | None, **place: Any) -> None:
        """Take note of a gateway that runs, and let people in."""
        self.gateway = gateway
        self.key = key or self.new_key(HOST, subject=LOCAL_USER, trusts_not_run=True)
        for who, fields in PEOPLE.items():
            self._people[who] = self.new_key((Scope.APPROVE,), **fields)
        self._http = httpx.Client(timeout=PATIENCE_S, **place)

    def new_key(self, scopes: Collection[Scope], **fields: Any) -> str:
        made = self.gateway.keys.create("parity", scopes, datetime.now(UTC), **fields)
        return self.loop.run(made)

    def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """Send a request, written or not, with the key of the host or of somebody else."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {
            "Authorization": f"Bearer {key or self.key}",
            "Content-Type": "application/json",
        }
        return self._http.post(path, content=content, headers=headers)

    def get(self, path: str) -> Any:
        """Return what a path tells."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return self._http.get(path, headers=headers).raise_for_status().json()

    def answer(self, approval: str, who: str, said: str) -> None:
        """Let somebody say yes, or no."""
        path = f"/v1/approvals/{approval}/{said}"
        answered = self.post(path, {}, self._people[who])
        assert answered.status_code == 200, answered.text

    def tell(self, session: str, **event: Any) -> None:
        """Tell what happened in a session, as its host does beside the seats."""
        body = {"session": session, "events": [{"id": uuid4().hex, **event}]}
        answered = self.post("/v1/observe", body)
        assert answered.json()["events"][0]["effect"] == "allow", answered.text

    def happened(self, session: str, tool: str, args: Any, result: Any) -> None:
        """Let a call have happened; without a result it is reserved."""
        name = uuid4().hex
        call = {"call_id": name, "session": session, "server": BANK, "tool": tool, "args": args}
        assert self.post("/v1/check", call).json()["effect"] == "allow"
        if result is not None:
            self.tell(session, type="result", call_id=name, result=result)

    def records(self, session: str) -> list[DecisionRecord]:
        """Return what was recorded of a session, oldest first."""
        wanted = Wanted(DEFAULT_TENANT, session=session)
        found = self.loop.run(page(self.gateway.database, wanted, 100)).found
        return list(reversed(found))

    def close(self) -> None:
        self._http.close()


class World:
    """A folder of policies with both gateways, and the servers that calls go to."""

    def __init__(self, folder: Path, policies: Mapping[str, str], **settings: Any) -> None:
        self.folder = folder
        self.policies = folder / "policies"
        self.loop = Loop()
        self.outer, self.inner = Decides(self.loop), Decides(self.loop)
        self.tools = folder / "gives.json"
        self.tools.write_text(json.dumps(GIVES), "utf-8")
        self._write(policies)
        source = {"kind": "http", "url": NOWHERE}
        self._settings = {"policies": self.policies, "facts": {"get_limit": source}, **settings}
        self._open_outer()
        self._open_inner()

    def _write(self, policies: Mapping[str, str]) -> None:
        self.policies.mkdir()
        for name, text in policies.items():
            (self.policies / f"{name}.bar").write_text(text, "utf-8")
        if BANK in policies:
            (self.policies / "bank.tools.json").write_text(json.dumps(TOOLS), "utf-8")
        if "trial" in policies:
            until = (datetime.now(UTC) + timedelta(days=30)).date()
            bound = f'[[bind]]\npolicy = "trial"\nobserve_until = {until}\n'
            (self.policies / "bindings.toml").write_text(bound)
        listed = [{"name": one, "inputSchema": ANYTHING} for one in GIVES]
        pins.write(self.policies, BANK, listed)

    def server(self, name: str) -> tuple[str, ...]:
        """Return how the server of a seat is started; what it is called with stands in a file."""
        return command(self.tools, self.folder / f"{name}.notes")

    def _open_outer(self) -> None:
        program, *args = self.server("http")
        servers = {BANK: {"command": program, "args": args}}
        mcp = {"gateways": {MCP: {"servers": servers}}}
        settings = Settings(data=self.folder / "outer", mcp=mcp, **self._settings)
        sqlite_store(settings.data)
        gateway = Gateway(settings)
        self.uds = str(self.folder / "o")
        self._sockets = [socket.create_server(("127.0.0.1", 0)), _unix(self.uds)]
        self.url = f"http://127.0.0.1:{self._sockets[0].getsockname()[1]}"
        config = uvicorn.Config(
            create_app(settings, gateway),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self.loop.run(self._started())
        self.outer.opened(gateway, None, base_url=self.url)

    async def _started(self) -> None:
        self._serving = asyncio.create_task(self._server.serve(self._sockets))
        until = time.monotonic() + PATIENCE_S
        while not self._server.started:
            assert not self._serving.done()
            assert time.monotonic() < until
            await asyncio.sleep(0.005)

    def _open_inner(self) -> None:
        settings = Settings(data=self.folder / "inner", **self._settings)
        sqlite_store(settings.data)
        # With one key for both, equal arguments have equal digests in the records of both.
        shutil.copy(self.folder / "outer" / DIGEST_KEY, settings.data)
        self._local = Local(settings)
        self.judge: Judge = self.loop.run(self._local.open())
        assert self._local._gateway is not None
        key = (settings.data / KEY).read_text().strip()
        transport = httpx.HTTPTransport(uds=str(socket_of(settings.data)))
        self.inner.opened(
            self._local._gateway, key, base_url="http://localhost", transport=transport
        )

    def stop(self) -> None:
        """End the gateway that is asked from outside; the seats do not know."""
        self.loop.run(self._stopped())
        for one in self._sockets:
            one.close()

    async def _stopped(self) -> None:
        self._server.should_exit = True
        await asyncio.gather(self._serving, return_exceptions=True)

    def close(self) -> None:
        self.stop()
        self.outer.close()
        self.inner.close()
        self.loop.run(self._local.close())
        self.loop.close()


def _unix(path: str) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(path)
    bound.listen(64)
    return bound


@contextmanager
def world(folder: Path, policies: Mapping[str, str], **settings: Any) -> Iterator[World]:
    made = World(folder, policies, **settings)
    try:
        yield made
    finally:
        made.close()
