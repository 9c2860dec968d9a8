"""The fail-open probes of arguments, patterns and schemas, sent to a running gateway."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from dsl.model import Verdict
from tests.dsl.fail_open import DECIDED, PROBES, Case, probe_of, twin_of
from tests.harness import GatewayHarness

DEEP: Final = 100
NAMES: Final = [name for name in DECIDED if name[0] in "AB"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHarness]:
    """Return a gateway that is given one probe's policies after the other."""
    harness = GatewayHarness(tmp_path_factory.mktemp("gateway"), policy=None)
    yield harness
    harness.close()


def publish(gateway: GatewayHarness, policies: list[str], tools: list[Any] | None) -> None:
    """Put a probe's policies, and no others, into force."""
    for file in gateway.policies.iterdir():
        file.unlink()
    header = "version 1;"
    if tools:
        gateway.write("p.tools.json", json.dumps(tools))
        header += ' use tools "p.tools.json";'
    for at, text in enumerate(policies):
        gateway.write(f"{at}.bar", text.replace("version 1;", header, 1))
    gateway.reload()
    assert gateway.gateway.live.refused is None


def as_text(case: Case) -> bytes:
    """Return a request that holds the arguments as the text that a model wrote."""
    return json.dumps({"call_id": "c", "tool": case.tool, "args_text": case.text}).encode()


def as_json(case: Case) -> bytes:
    """Return a request that holds the arguments as its own."""
    return f'{{"call_id": "c", "tool": "{case.tool}", "args": {case.text}}}'.encode()


def told(gateway: GatewayHarness, body: bytes) -> dict[str, Any]:
    """Return what the gateway answers: a decision, or a refusal that denies."""
    answer = gateway.check_bytes(body[:-1] + b', "supports": {"changed_args": true}}')
    said: dict[str, Any] = answer.json()
    if answer.status_code == 200:
        rules = [[one["rule"], one["by"], one["path"]] for one in said["reasons"]]
        return {
            "effect": said["effect"],
            "code": said["reason"],
            "why": rules,
            "args": said["args"],
        }
    assert answer.status_code == 422
    paths = [one["path"].removeprefix("/args_text").removeprefix("/args") for one in said["errors"]]
    # How deep is too deep counts from the whole body: where that ends may be a level off.
    why = [[None, None, path[:DEEP]] for path in paths]
    return {"effect": said["effect"], "code": said["code"], "why": why, "args": None}


def expected(verdict: Verdict) -> Mapping[str, Any]:
    """Say a verdict of the evaluator in the same words."""
    why = [[one.rule, one.by, one.path and one.path[:DEEP]] for one in verdict.reasons]
    return {"effect": verdict.effect, "code": verdict.code, "why": why, "args": verdict.changed}


@pytest.mark.parametrize("name", NAMES)
def test_the_gateway_says_what_the_evaluator_says(shared: GatewayHarness, name: str) -> None:
    """A probe is held and its twin passes, by the same rule, however the arguments are sent."""
    probe, twin = PROBES[name], PROBES[name]["twin"]
    for case, policies in (
        (probe_of(name), probe["policies"]),
        (twin_of(name), twin.get("policies", probe["policies"])),
    ):
        publish(shared, policies, probe["tools"])
        for body in (as_text(case), as_json(case)):
            assert expected(case.decide()) == told(shared, body)
