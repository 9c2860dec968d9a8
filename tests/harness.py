"""A whole gateway inside a test: real store, real policies, real ASGI, no socket."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from app.main import create_app
from app.settings import Settings
from app.wiring import Gateway
from memory.keys import Scope
from tests.stores import sqlite_store

T = TypeVar("T")

POLICY: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule never: deny erase reply "Nothing is erased here." final;
"""
REST_S: Final = 60.0
ALL_SCOPES: Final = tuple(scope for scope in Scope if scope is not Scope.FEEDBACK)


def pay(**members: Any) -> dict[str, Any]:
    """Return a request that the test policy allows, with some members changed."""
    return {"call_id": "c1", "tool": "pay", "args": {"amount": 5}, **members}


class GatewayHarness:
    """Runs a gateway in an event loop of its own, which only turns while a test asks something."""

    def __init__(self, folder: Path, policy: str | None = POLICY, **settings: Any) -> None:
        self.policies = folder / "policies"
        self.policies.mkdir(exist_ok=True)
        if policy is not None:
            self.write("bank.bar", policy)
        self.settings = Settings(data=folder / "data", policies=self.policies, **settings)
        if self.settings.database_url is None:
            sqlite_store(self.settings.data)
        self.gateway = Gateway(self.settings)
        self.app = create_app(self.settings, self.gateway)
        self._runner = asyncio.Runner()
        self.run(self.gateway.open())
        self.run(self.gateway.live.told())
        self.key = self.new_key(ALL_SCOPES)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://gateway")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until some work is done."""
        return self._runner.run(work)

    def rest(self) -> None:
        """Turn the loop until nothing is under way in the store.

        A command beside it runs while this gateway stands still, and would wait for ever for what a
        task was just writing.
        """

        async def done() -> None:
            pool: Any = self.gateway.database.engine.pool
            async with asyncio.timeout(REST_S):
                while pool.checkedout():  # noqa: ASYNC110 - a pool tells nobody
                    await asyncio.sleep(0.01)

        self.run(done())

    def write(self, name: str, text: str) -> None:
        """Put a file into the policy folder."""
        (self.policies / name).write_text(text, "utf-8")

    def reload(self) -> None:
        """Take the policy folder up as it is now."""
        self.run(self.gateway.live.reload())
        self.run(self.gateway.live.told())

    def new_key(self, scopes: Iterable[Scope], **fields: Any) -> str:
        """Create an API key."""
        name = fields.pop("name", "tester")
        return self.run(self.gateway.keys.create(name, scopes, datetime.now(UTC), **fields))

    def request(
        self, method: str, path: str, key: str | None = None, **parts: Any
    ) -> httpx.Response:
        """Send a request with the harness's key, or with another."""
        headers = {"Authorization": f"Bearer {key or self.key}", **parts.pop("headers", {})}
        return self.run(self._client.request(method, path, headers=headers, **parts))

    def check(self, body: Any, key: str | None = None, **parts: Any) -> httpx.Response:
        """Ask for a decision."""
        return self.request("POST", "/v1/check", key, json=body, **parts)

    def check_bytes(self, body: bytes, **headers: str) -> httpx.Response:
        """Ask for a decision with a body as it is."""
        sent = {"Content-Type": "application/json", **headers}
        return self.request("POST", "/v1/check", content=body, headers=sent)

    def records(self) -> list[Any]:
        """Return what was recorded, newest first."""
        return self.run(self.gateway.records.latest(10_000))

    def close(self) -> None:
        """Close the gateway and its loop."""
        self.run(self._client.aclose())
        self.run(self.gateway.close())
        self._runner.close()
