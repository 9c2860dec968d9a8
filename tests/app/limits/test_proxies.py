"""For whom a request counts that comes through a proxy."""

from pathlib import Path

import httpx

from app.limits.settings import LimitSettings
from app.serving.server import configured
from tests.harness import GatewayHarness, pay

PROXY, STRANGER = "10.0.0.1", "192.0.2.9"


def answers(gateway: GatewayHarness, address: str, forwarded: list[str]) -> list[int]:
    """Try a wrong key once for each address that is said to be spoken for."""
    config = configured(gateway.settings, gateway.gateway)
    config.load()
    served = httpx.ASGITransport(app=config.loaded_app, client=(address, 1))

    async def send() -> list[int]:
        async with httpx.AsyncClient(transport=served, base_url="http://gateway") as client:
            said = []
            for one in forwarded:
                headers = {"Authorization": "Bearer drw_wrong", "X-Forwarded-For": one}
                answer = await client.post("/v1/check", json=pay(), headers=headers)
                said.append(answer.status_code)
            return said

    return gateway.run(send())


def test_only_a_trusted_proxy_says_for_whom_it_speaks(tmp_path: Path) -> None:
    """Who makes addresses up is locked out all the same; behind a proxy only who failed is.

    An address that a client put before the proxy's own word counts for nothing either.
    """
    limits = LimitSettings(failures=2, trusted_proxies=(PROXY,))
    gateway = GatewayHarness(tmp_path, limits=limits)
    many = [f"203.0.113.{n}" for n in range(6)]

    assert answers(gateway, STRANGER, many) == [401, 401, 429, 429, 429, 429]
    assert answers(gateway, PROXY, many) == [401] * 6
    assert answers(gateway, PROXY, [f"{one}, 203.0.113.200" for one in many])[2:] == [429] * 4
    gateway.close()


def test_without_a_setting_no_proxy_is_trusted(tmp_path: Path) -> None:
    """Not even one on this machine: its word could be anybody's."""
    gateway = GatewayHarness(tmp_path, limits=LimitSettings(failures=1))

    assert answers(gateway, "127.0.0.1", ["203.0.113.1", "203.0.113.2"]) == [401, 429]
    gateway.close()
