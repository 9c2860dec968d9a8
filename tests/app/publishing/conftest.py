"""A gateway whose policies come from its store."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from memory.keys import Scope
from tests.harness import POLICY, GatewayHarness

EDITOR = (Scope.POLICY_READ, Scope.POLICY_WRITE, Scope.POLICY_PUBLISH)


class Publishing:
    """Somebody who edits and publishes at a gateway."""

    def __init__(self, gateway: GatewayHarness) -> None:
        self.gateway = gateway
        self.key = gateway.new_key(EDITOR, name="editor", subject="ada")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        tag: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Send a request, of a draft in some state."""
        parts: dict[str, Any] = {} if tag is None else {"headers": {"If-Match": tag}}
        if body is not None:
            parts["json"] = body
        return self.gateway.request(method, f"/v1{path}", key or self.key, **parts)

    def draft(self, name: str, key: str | None = None, **files: str) -> str:
        """Begin a draft, or write it anew, and return its tag."""
        held = [{"name": f"{one}.bar", "text": text} for one, text in files.items()]
        made = self.send("POST", "/drafts", {"name": name, "files": held}, key=key)
        if made.status_code == 409:
            tag = self.send("GET", f"/drafts/{name}").headers["etag"]
            made = self.send("PUT", f"/drafts/{name}", {"files": held}, tag, key)
        assert made.is_success, made.text
        return made.headers["etag"]

    def current(self) -> int:
        """Return the number of what is published."""
        found = self.send("GET", "/publications?limit=1").json()["publications"]
        return found[0]["number"] if found else 0

    def publish(
        self, name: str, tag: str, expected: int | None = None, key: str | None = None
    ) -> httpx.Response:
        """Publish a draft in place of what is published."""
        number = self.current() if expected is None else expected
        return self.send("POST", f"/drafts/{name}/publish", {"expected": number}, tag, key)

    def up(self, policy: str = POLICY) -> Mapping[str, Any]:
        """Publish a policy and have it taken up."""
        answer = self.publish("up", self.draft("up", bank=policy))
        assert answer.status_code == 201, answer.text
        self.gateway.reload()
        made: dict[str, Any] = answer.json()["publication"]
        return made

    def store(self, sql: str) -> None:
        """Change the store by hand."""

        async def work() -> None:
            async with self.gateway.gateway.database.write() as connection:
                await connection.execute(text(sql))

        self.gateway.run(work())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Publishing]:
    """Return a gateway in whose store nothing is published yet."""
    made = Publishing(GatewayHarness(tmp_path, None, policy_source="store"))
    yield made
    made.gateway.close()
