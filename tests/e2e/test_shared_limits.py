"""Two gateways on one PostgreSQL: a limit is a limit, whoever is asked and however many ask."""

import asyncio
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.e2e.gateway_process import GatewayProcess
from tests.memory.conftest import new_database, postgres

__all__ = ("postgres",)

LIMIT: Final = 25
CLIENTS: Final = 64
ATTEMPTS: Final = 1000
POLICY: Final = f"""\
policy bank version 1;
rule pay: allow pay;
rule limit: deny pay when count(pay within 1d per {{per}}) >= {LIMIT};
"""


async def attempts(addresses: list[str], key: str, sessions: int) -> list[dict[str, Any]]:
    """Ask as many clients at once do, each gateway in turn; return the answers."""
    waiting = asyncio.Semaphore(CLIENTS)
    limits = httpx.Limits(max_connections=CLIENTS)
    headers = {"Authorization": f"Bearer {key}"}

    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:

        async def one(number: int) -> dict[str, Any]:
            body = {
                "call_id": f"c{number}",
                "tool": "pay",
                "args": {"n": number},
                "session": f"s{number % sessions}",
            }
            address = addresses[number % len(addresses)]
            slow = {"Drawbar-Deadline-Ms": "30000"}
            async with waiting:
                answer = await client.post(f"{address}/v1/check", json=body, headers=slow)
            return dict(answer.json())

        return await asyncio.gather(*(one(number) for number in range(ATTEMPTS)))


@pytest.mark.parametrize(("per", "sessions"), [("subject", 7), ("session", 1)])
def test_exactly_so_many_are_let_through(
    postgres: Any, tmp_path: Path, per: str, sessions: int
) -> None:
    """A thousand attempts by 64 clients on two gateways: as many as the limit, not one more."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "bank.bar").write_text(POLICY.format(per=per), "utf-8")
    config = tmp_path / "drawbar.toml"
    config.write_text(f'database_url = "{new_database(postgres)}"\n', "utf-8")
    options = ("--port", "0", "--config", str(config))
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with GatewayProcess(folders[0], *options, policies=policies) as one:
        (folders[1] / "var").mkdir(mode=0o700)
        secret = (folders[0] / "var" / "digest.key").read_bytes()
        (folders[1] / "var" / "digest.key").write_bytes(secret)
        with GatewayProcess(folders[1], *options, policies=policies) as two:
            answers = asyncio.run(attempts([one.address, two.address], one.key, sessions))

    effects = [answer["effect"] for answer in answers]
    assert effects.count("allow") == LIMIT, {answer["reason"] for answer in answers}
    assert {answer["reason"] for answer in answers} == {"rule"}
