"""Policies are replaced beside the loop, and every answer is by one revision, wholly."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import wiring
from app.policy import live, policies
from tests.harness import GatewayHarness, pay

VERSIONS = 6
RULES = 60


def _policy(number: int) -> str:
    """Return a policy with many rules, each of which says its number: most pay, some not."""
    effect = "allow" if number % 2 else "deny"
    rules = (
        f'rule r{at}: {effect} pay when args.amount == {at} because "by {number}";\n'
        for at in range(RULES)
    )
    return f"policy bank version 1;\n{''.join(rules)}"


def test_every_answer_is_wholly_by_the_revision_that_it_names(tmp_path: Path) -> None:
    """While policies are replaced again and again, no answer mixes two of them."""
    gateway = GatewayHarness(tmp_path, policy=_policy(0))
    said: dict[str, set[tuple[str, str]]] = {}

    async def ask(stop: asyncio.Event, at: int) -> None:
        headers = {"Authorization": f"Bearer {gateway.key}"}
        while not stop.is_set():
            body = pay(args={"amount": at % RULES})
            answer = await gateway._client.post("/v1/check", json=body, headers=headers)
            told = answer.json()
            (reason,) = told["reasons"]
            said.setdefault(told["revision"], set()).add((told["effect"], reason["because"]))
            at += 7

    async def replaced() -> list[str | None]:
        stop, names = asyncio.Event(), [gateway.gateway.live.revision]
        asking = [asyncio.create_task(ask(stop, at)) for at in range(3)]
        for number in range(1, VERSIONS):
            gateway.write("bank.bar", _policy(number))
            await gateway.gateway.live.reload()
            names.append(gateway.gateway.live.revision)
            await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*asking)
        return names

    try:
        names = gateway.run(replaced())
    finally:
        gateway.close()
    of = {str(name): number for number, name in enumerate(names)}

    assert len(of) == VERSIONS
    assert set(said) <= set(of)
    assert len(said) > 1
    for name, answers in said.items():
        number = of[name]
        assert answers == {("allow" if number % 2 else "deny", f"by {number}")}


def test_all_that_takes_long_runs_beside_the_loop(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading, and each walk through all rules, holds up no request."""
    ran: dict[str, bool] = {}
    loop = threading.get_ident()

    def noting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **more: Any) -> Any:
            ran[name] = ran.get(name, True) and threading.get_ident() != loop
            return work(*given, **more)

        return noted

    walks = {"unmet": wiring, "unskilled": wiring, "edge_cannot": wiring, "rules_in": live}
    for name, where in walks.items():
        monkeypatch.setattr(where, name, noting(name, getattr(where, name)))
    monkeypatch.setattr(policies, "load", noting("load", policies.load))
    warm = policies.PolicySet.warm
    monkeypatch.setattr(policies.PolicySet, "warm", noting("warm", warm))
    gateway.write("bank.bar", _policy(1))
    gateway.reload()

    assert ran == dict.fromkeys((*walks, "load", "warm"), True)


def test_what_is_in_force_already_is_made_ready_once(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was only touched, or a bundle that freezes somebody, costs no second walk."""
    made: list[str] = []
    warm = policies.PolicySet.warm

    def noted(one: policies.PolicySet) -> None:
        made.append(one.digest)
        warm(one)

    monkeypatch.setattr(policies.PolicySet, "warm", noted)
    for number in (1, 1, 2):
        gateway.write("bank.bar", _policy(number))
        gateway.reload()

    assert len(made) == len(set(made)) == 2


def test_what_takes_a_walk_is_known_before_the_first_call(gateway: GatewayHarness) -> None:
    """What a policy looks back at is worked out when it is taken up, and shared by its bindings."""
    gateway.write(
        "bank.bar",
        "policy bank version 1;\n"
        "rule r: deny pay when count(pay within 1h per subject) > 3;\n"
        "rule s: deny pay when args.to has secret;\n",
    )
    gateway.reload()
    current = gateway.gateway.live.current
    (bound,) = current.bound
    look = current.looks.of(bound)

    assert current.under(()).looks is current.looks
    assert (set(look.reach), look.labels) == ({"subject"}, True)
    assert current.looks._found == {id(bound): look}
    assert (current.reach, current.asks_labels) == (look.reach, True)
