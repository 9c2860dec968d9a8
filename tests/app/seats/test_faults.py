"""Whatever goes wrong while a decision is taken over: nothing passes, and nothing is used up."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.evidence.sweeping import Sweeping
from memory.seats import uses
from memory.seats.uses import TakeOver
from tests.app.seats.passing import payment, sent
from tests.harness import GatewayHarness

Broken = Callable[[GatewayHarness, pytest.MonkeyPatch], None]


def gone(*_: Any) -> Any:
    raise OperationalError("select", {}, OSError("disk gone"))


async def hangs(*_: Any) -> bool:
    await asyncio.sleep(60)
    return False


def _store_cannot_tell(_: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.deciding.seating.is_used", gone)


def _store_hangs(_: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.deciding.seating.is_used", hangs)


def _cannot_be_used_up(_: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TakeOver, "take", gone)


def _no_record(gateway: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gateway.gateway.log, "_writer", None)


def _cannot_be_judged(_: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.engine.evaluate", gone)


def _session_takes_nothing(_: GatewayHarness, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.deciding.seating.events.passed", gone)


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (_store_cannot_tell, 503),
        (_store_hangs, 503),
        (_cannot_be_used_up, 503),
        (_no_record, 503),
        (_cannot_be_judged, 200),
        (_session_takes_nothing, 200),
    ],
)
def test_a_fault_denies_and_the_token_is_still_good(
    gateway: GatewayHarness, broken: Broken, status: int
) -> None:
    """Afterwards the same call passes with it, once, and is one call."""
    first = sent(gateway, payment())
    headers = {"Drawbar-Decision": first["seat_token"], "Drawbar-Deadline-Ms": "300"}
    with pytest.MonkeyPatch.context() as patch:
        broken(gateway, patch)
        answer = gateway.check(payment("m1"), headers=headers)
    assert (answer.status_code, answer.json()["effect"]) == (status, "deny")

    assert sent(gateway, payment("m1"), first["seat_token"])["effect"] == "allow"
    assert sent(gateway, payment("m2"), first["seat_token"])["effect"] == "deny"
    assert gateway.request("GET", "/v1/sessions/s1").json()["calls"] == ["c1"]


def test_who_is_overtaken_decides_anew(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another seat was first between the look and the record: then this one counts for itself."""
    first = sent(gateway, payment())
    real, looked = uses.is_used, []

    async def late(*args: Any) -> bool:
        looked.append(await real(*args))
        if len(looked) == 1:
            step = TakeOver(first["decision_id"], "d_other", gateway.gateway.now())
            async with gateway.gateway.database.write() as connection:
                await step.take(connection)
        return looked[-1]

    monkeypatch.setattr("app.deciding.seating.is_used", late)
    said = sent(gateway, payment("m1"), first["seat_token"])

    assert (said["effect"], looked) == ("deny", [False, True])


def test_uses_are_forgotten_when_no_token_can_name_them(gateway: GatewayHarness) -> None:
    """They stay for an hour, sixty times as long as any token is good."""
    first = sent(gateway, payment())
    sent(gateway, payment("m1"), first["seat_token"])
    database, now = gateway.gateway.database, gateway.gateway.now()

    later = now + 2 * uses.KEPT
    keeper = gateway.gateway.keeper

    for at in (now, later):
        assert gateway.run(uses.is_used(database, first["decision_id"]))
        beside = partial(uses.forget, database)
        metrics = gateway.gateway.metrics
        housework = Sweeping(keeper.evidence, keeper.vault, metrics, lambda at=at: at, beside)  # type: ignore[misc]
        gateway.run(housework.sweep())
    assert not gateway.run(uses.is_used(database, first["decision_id"]))
