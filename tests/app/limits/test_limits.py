"""What callers are refused that send too much, or guess."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.limits.settings import LimitSettings
from app.settings import Settings
from memory.keys import Scope
from tests.harness import GatewayHarness, pay


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time that rates and the lock-out go by."""
    moment = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    return moment


class Limited:
    """A gateway that is asked from several addresses."""

    def __init__(self, gateway: GatewayHarness, clock: list[float]) -> None:
        self.gateway = gateway
        for held in (gateway.gateway.limits._buckets, gateway.gateway.limits._lockout):
            held._clock = lambda: clock[0]

    def ask(
        self, key: str, address: str = "192.0.2.1", path: str = "/v1/check", **parts: Any
    ) -> Any:
        transport = httpx.ASGITransport(app=self.gateway.app, client=(address, 1))

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                headers = {"Authorization": f"Bearer {key}"}
                body = parts or pay()
                return await client.post(path, json=body, headers=headers)

        return self.gateway.run(send())


def test_a_key_sends_as_much_as_it_may_and_waits_for_more(
    gateway: GatewayHarness, clock: list[float]
) -> None:
    """What is too much is refused as a deny, unread, and says when to come back; others go on."""
    limited = Limited(gateway, clock)
    slow = gateway.new_key([Scope.CHECK], rate=1.0, burst=3)

    answers = [limited.ask(slow) for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    refused = answers[3]
    assert (refused.json()["code"], refused.json()["effect"]) == ("rate_limited", "deny")
    assert refused.headers["retry-after"] == "1"
    assert limited.ask(gateway.key).status_code == 200
    clock[0] += 1
    assert [limited.ask(slow).status_code for _ in range(2)] == [200, 429]
    assert (
        'refused_requests_total{why="rate_limited"} 2.0' in gateway.request("GET", "/metrics").text
    )


def test_a_batch_counts_as_all_its_calls(gateway: GatewayHarness, clock: list[float]) -> None:
    """Putting calls together gains nothing: the next request waits for each of them."""
    limited = Limited(gateway, clock)
    slow = gateway.new_key([Scope.CHECK], rate=1.0, burst=2)
    calls = [pay(call_id=f"c{n}") for n in range(20)]

    assert limited.ask(slow, path="/v1/check/batch", calls=calls).status_code == 200

    refused = limited.ask(slow)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "19")


def test_the_settings_say_how_much_where_a_key_does_not(tmp_path: Path, clock: list[float]) -> None:
    """A default for each key; a key's own rate wins; the keys of a tenant share what it has."""
    limits = LimitSettings.model_validate(
        {"rate": 1, "burst": 2, "tenants": {"acme": {"rate": 1, "burst": 3}}}
    )
    gateway = GatewayHarness(tmp_path, limits=limits)
    limited = Limited(gateway, clock)
    plain = gateway.new_key([Scope.CHECK])
    fast = gateway.new_key([Scope.CHECK], rate=100.0)
    ours = [gateway.new_key([Scope.CHECK], tenant="acme", rate=100.0) for _ in range(2)]

    assert [limited.ask(plain).status_code for _ in range(3)] == [200, 200, 429]
    assert {limited.ask(fast).status_code for _ in range(20)} == {200}
    assert [limited.ask(ours[n % 2]).status_code for n in range(4)] == [200, 200, 200, 429]
    assert limited.ask(fast).status_code == 200
    gateway.close()


def test_wrong_keys_lock_an_address_out_for_longer_each_time(
    gateway: GatewayHarness, clock: list[float]
) -> None:
    """From then on it is refused without asking the store; another address is not."""
    limited = Limited(gateway, clock)

    answers = [limited.ask(f"drw_{n}") for n in range(11)]

    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert (answers[10].json()["code"], answers[10].json()["effect"]) == ("locked_out", "deny")
    assert answers[10].headers["retry-after"] == "1"
    assert limited.ask("drw_x", "192.0.2.2").status_code == 401
    clock[0] += 1
    assert limited.ask("drw_x").status_code == 401
    assert limited.ask("drw_x").headers["retry-after"] == "2"


def test_a_good_key_is_never_locked_out_by_others(
    gateway: GatewayHarness, clock: list[float]
) -> None:
    """Neither from another address, nor from the same one if it worked before."""
    limited = Limited(gateway, clock)
    working, new = gateway.new_key([Scope.CHECK]), gateway.new_key([Scope.CHECK])
    assert limited.ask(working).status_code == 200
    for n in range(20):
        limited.ask(f"drw_{n}")

    assert limited.ask(working).status_code == 200
    assert limited.ask(new, "192.0.2.2").status_code == 200
    assert limited.ask(gateway.key).status_code == 429  # nobody knows it yet at this address
    clock[0] += 10  # nothing is remembered as such any more, and the store is asked
    for n in range(20):
        limited.ask(f"drw_{n}")
    assert limited.ask(working).status_code == 200


def test_signing_in_is_locked_out_too(gateway: GatewayHarness, clock: list[float]) -> None:
    """Keys cannot be tried through the page for people either."""
    limited = Limited(gateway, clock)
    transport = httpx.ASGITransport(app=gateway.app, client=("192.0.2.1", 1))

    async def tries() -> list[int]:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            sent = [
                await client.post("/approvals/login", data={"key": f"drw_{n}"}) for n in range(12)
            ]
            return [one.status_code for one in sent]

    assert limited.gateway.run(tries()) == [403] * 10 + [429] * 2
    assert limited.ask("drw_x").status_code == 429


@pytest.mark.parametrize(
    "limits",
    [
        {"rate": 0},
        {"rate": float("inf")},
        {"burst": 3},
        {"rate": 1, "burst": 0},
        {"tenants": {"a b": {"rate": 1}}},
        {"trusted_proxies": ["proxy.example"]},
        {"trusted_proxies": ["*"]},
        {"failures": 0},
        {"rates": 1},
    ],
)
def test_settings_that_limit_nothing_or_trust_anybody_are_refused(limits: dict[str, Any]) -> None:
    """A rate is above zero, and a proxy is an address or a network."""
    with pytest.raises(ValueError, match=r"limits|LimitSettings"):
        Settings(limits=limits)
    Settings(limits={"rate": 1, "burst": 1, "trusted_proxies": ["10.0.0.0/8", "::1"]})
