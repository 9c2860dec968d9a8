"""No fault of a guard's server ever yields a laxer decision: the whole way, over real HTTP.

A gateway with a rule that rests on a verified and calibrated guard, a call that the guard lets
pass while it is well, and then each fault in turn.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.guarding.guarding import Guards
from app.settings import load
from app.telemetry import Metrics
from dsl.model import Cause
from guards.classifier.vllm.families import FAMILIES
from guards.classifier.vllm.http import Http
from guards.classifier.vllm.verify import verify
from guards.skill import manifest
from guards.skill.curve import sigmoid
from guards.wire.wire import Wire
from tests.guards.faults import OF_A_CLASSIFIER, OF_A_GENERATOR, OF_ONE_PREFILL
from tests.guards.serving import MODEL, Answer, Serving, chat, classified, one_class
from tests.guards.standing_in import SKILLED
from tests.harness import GatewayHarness

POLICY = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule strangers: deny pay when judge("no strangers" as money forbids) >= 0.7;
"""
CLASSIFY, CHAT = "/classify", "/v1/chat/completions"
ROUTE = {"encoder": CLASSIFY, "policyguard": CHAT, "policyguard_prefill": CLASSIFY}
FAULTS = {
    "encoder": OF_A_CLASSIFIER,
    "policyguard": OF_A_GENERATOR,
    "policyguard_prefill": OF_ONE_PREFILL,
}


def well(family: str, logit: float) -> Any:
    """Return how a server answers that is well: with the same logit to everything."""
    match family:
        case "encoder":
            return lambda _: classified(logit)
        case "policyguard":
            return lambda _: chat({11: math.log(sigmoid(logit)), 21: math.log(sigmoid(-logit))})
        case _:
            return lambda body: one_class(logit, logit=not body["use_activation"])


class Guarded(GatewayHarness):
    """A gateway with one guard of the settings, verified, and with skill for the rule's kind."""

    def __init__(self, folder: Path, server: Serving, family: str) -> None:
        super().__init__(folder, POLICY)
        self.server, self.family, self.number = server, family, 0
        server.answers[ROUTE[family]] = well(family, -4.0)
        kept = folder / "g"
        self.run(verify(Http(server.address, dict), MODEL, FAMILIES[family], kept))
        told = {"url": server.address, "family": family, "model": MODEL, "folder": str(kept)}
        guards = load({"guards": {"g": {**told, "timeout_ms": 10_000}}}).guards
        key = Guards(guards, Metrics()).askers["g"].guard.key
        manifest.write(kept / manifest.FILE, key, [SKILLED], {})
        self.guards = Guards(guards, Metrics())
        self.gateway.guards.askers = self.guards.askers
        (self.asker,) = self.guards.askers.values()
        self.run(self.asker.check())
        assert self.asker.is_well

    def pay(self) -> Any:
        """Ask about a call that was never asked about, so that no answer is kept of it."""
        self.number += 1
        args = {"amount": 5, "note": f"n{self.number}"}
        return self.check({"call_id": f"c{self.number}", "tool": "pay", "args": args}).json()

    def heal(self) -> None:
        """Forget faults, so that the next one is met alone."""
        self.asker.breaker.close()
        self.asker.unwell = None

    def close(self) -> None:
        self.run(self.asker.guard.close())
        super().close()


@pytest.fixture(scope="module", params=sorted(FAULTS))
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    with Serving() as server:
        running = Guarded(tmp_path_factory.mktemp("faults"), server, request.param)
        yield running
        running.close()


def decided(gateway: Guarded) -> tuple[str, str | None]:
    said = gateway.pay()
    reasons = said["reasons"]
    return said["effect"], reasons[0].get("cause") if reasons else None


def test_no_fault_of_a_server_is_laxer_than_the_rule(gateway: Guarded) -> None:
    """Each wrong answer denies what the rule speaks of, by its cause; well again, the call goes."""
    answers, route = gateway.server.answers, ROUTE[gateway.family]
    assert decided(gateway) == ("allow", None)
    for number, (answer, cause) in enumerate(FAULTS[gateway.family]):
        answers[route] = _always(answer)
        gateway.heal()
        assert decided(gateway) == ("deny", cause), f"fault {number}"
    answers[route] = well(gateway.family, -4.0)
    gateway.heal()
    assert decided(gateway) == ("allow", None)
    answers[route] = well(gateway.family, 4.0)
    assert gateway.pay()["effect"] == "deny"


def _always(answer: Answer) -> Any:
    return lambda _: answer


def test_faults_in_a_row_open_the_breaker_and_deny(gateway: Guarded) -> None:
    """A server that fails again and again is left alone, and what the rule speaks of is denied."""
    gateway.heal()
    gateway.server.answers[ROUTE[gateway.family]] = _always((503, b"{}"))
    found = [decided(gateway) for _ in range(7)]
    asked = len(gateway.server.bodies(ROUTE[gateway.family]))
    found.append(decided(gateway))
    gateway.server.answers[ROUTE[gateway.family]] = well(gateway.family, -4.0)

    assert {effect for effect, _ in found} == {"deny"}
    assert [cause for _, cause in found[-2:]] == [Cause.BREAKER_OPEN] * 2
    assert len(gateway.server.bodies(ROUTE[gateway.family])) == asked


def test_a_server_that_hangs_or_is_gone_denies(gateway: Guarded) -> None:
    """What does not come in time, and what does not come at all, is an unknown that denies."""
    gateway.heal()
    hanging = asyncio.Event()
    judge = gateway.asker.guard.judge
    gateway.asker._longest = 0.2
    gateway.asker.guard.judge = lambda *_: hanging.wait()  # type: ignore[method-assign,assignment]
    assert decided(gateway) == ("deny", Cause.TIMEOUT)
    gateway.asker.guard.judge = judge  # type: ignore[method-assign]
    gateway.asker._longest = 10.0
    gateway.heal()
    http = gateway.asker.guard._http  # type: ignore[attr-defined]
    wire, http._wire = http._wire, Wire("http://127.0.0.1:9", {})
    assert decided(gateway) == ("deny", Cause.CONNECT)
    http._wire = wire


def test_other_weights_under_the_same_name_deny(gateway: Guarded) -> None:
    """A guard that says other things than when it was verified is not believed until it does."""
    gateway.heal()
    gateway.server.answers[ROUTE[gateway.family]] = well(gateway.family, -1.0)
    gateway.run(gateway.asker.check())
    assert decided(gateway) == ("deny", Cause.GUARD_CANARY)
    gateway.server.answers[ROUTE[gateway.family]] = well(gateway.family, -4.0)
    gateway.run(gateway.asker.check())
    assert decided(gateway) == ("allow", None)


def test_a_sentence_of_another_kind_denies(gateway: Guarded) -> None:
    """Skill is of one kind and polarity: for another there is no score, however sure the guard."""
    gateway.heal()
    reading = gateway.asker.reading
    about = replace(SKILLED.about, polarity="permits")
    gateway.asker.reading = replace_entries(reading, replace(SKILLED, about=about))
    assert decided(gateway) == ("deny", Cause.UNCALIBRATED)
    gateway.asker.reading = reading


def replace_entries(reading: Any, *entries: Any) -> Any:
    made = type(reading)(entries, reading.of, reading.key)
    made.fit(reading.of)
    return made
