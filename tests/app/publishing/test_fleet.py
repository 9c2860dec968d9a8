"""Three gateways on one PostgreSQL: what is published at one is enforced by all."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.wiring import Gateway
from memory.announcing.listening import Announcements
from tests.app.publishing.conftest import Publishing
from tests.harness import POLICY, GatewayHarness
from tests.memory.conftest import new_database

OPEN = "policy bank version 1;\nrule a: allow pay;\n"
SHARED = ("digest.key", "audit.key", "audit.pub")
PATIENCE_S = 60.0
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


class Fleet:
    """Gateways in one loop, on one store and with the same keys."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self.one = GatewayHarness(folder, None, policy_source="store", database_url=url)
        self.desk = Publishing(self.one)
        self.others = [self.more(), self.more()]

    def more(self) -> Gateway:
        """Start one more gateway."""
        data = self._folder / f"data{len(list(self._folder.iterdir()))}"
        data.mkdir(mode=0o700)
        for name in SHARED:
            shutil.copy(self._folder / "data" / name, data / name)
        told: dict[str, Any] = {"data": data, "database_url": self._url}
        made = Gateway(Settings(**told, policy_source="store"))
        self.one.run(made.open())
        return made

    def publish(self, text: str) -> str:
        """Publish at the first gateway."""
        answer = self.desk.publish("up", self.desk.draft("up", bank=text))
        assert answer.status_code == 201, answer.text
        digest: str = answer.json()["publication"]["digest"]
        return digest

    def enforce(self, digest: str, *gateways: Gateway) -> None:
        """Wait until gateways have a revision in force, by themselves."""

        async def wait() -> None:
            async with asyncio.timeout(PATIENCE_S):
                while any(one.live.current.digest != digest for one in gateways):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.01)

        self.one.run(wait())

    def close(self) -> None:
        """Close all."""
        for one in self.others:
            self.one.run(one.close())
        self.one.close()


@pytest.fixture
def fleet(tmp_path: Path, postgres: Any) -> Iterator[Fleet]:
    made = Fleet(tmp_path, new_database(postgres))
    yield made
    made.close()


def test_all_enforce_what_one_publishes(fleet: Fleet) -> None:
    """Also who starts later, and after every connection to the store was cut."""
    everyone = [fleet.one.gateway, *fleet.others]
    for text in (OPEN, POLICY, OPEN):
        fleet.enforce(fleet.publish(text), *everyone)
    late = fleet.more()
    fleet.others.append(late)
    assert late.live.current.digest == fleet.one.gateway.live.current.digest

    async def cut() -> None:
        async with fleet.one.gateway.database.write() as connection:
            await connection.exec_driver_sql(CUT)

    fleet.one.run(cut())
    while fleet.desk.send("GET", "/publications").status_code != 200:  # its lines are dead too
        pass
    fleet.enforce(fleet.publish(POLICY), *everyone, late)


def test_what_wakes_nobody_is_found(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no message ever arrives, each gateway finds the publication by looking."""
    monkeypatch.setattr(Announcements, "_wake", lambda *_told: None)
    fleet.enforce(fleet.publish(OPEN), fleet.one.gateway, *fleet.others)


def test_what_one_gateway_signed_with_another_key_stays_out(fleet: Fleet) -> None:
    """A gateway of another operator on the same store publishes nothing for these."""
    before = fleet.publish(OPEN)
    fleet.enforce(before, fleet.one.gateway, *fleet.others)
    stranger = fleet.others[0]
    for name in ("audit.key", "audit.pub"):
        (stranger.settings.data / name).unlink()
    fleet.one.run(stranger.close())
    fleet.others[0] = made = Gateway(stranger.settings)
    fleet.one.run(made.open())
    assert not made.live.current.bound  # it does not trust the others either

    fleet.publish(POLICY)

    async def refused() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while made.live.refused is None:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)

    fleet.one.run(refused())
    assert not made.live.current.bound
