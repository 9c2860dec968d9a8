"""The fail-open suite: calls that lax engines let through, each beside one that must pass.

One probe a file in tests/corpus/fail_open. A probe whose arguments are given as text is read by
the strict reader, as every edge does; what it refuses is an invalid call.
"""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dsl import parse, strictjson, toolspec
from dsl.checks import schematypes
from dsl.errors import Finding, Source
from dsl.interpret import Bound, evaluate
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.model import By, Effect, Reason, ReasonCode, ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, Outcome, State
from dsl.testing.session import Session
from dsl.toolspec import Tools
from tests.dsl.making import NOW

FOLDER = Path(__file__).parents[1] / "corpus" / "fail_open"
PROBES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
LOADED = [name for name, probe in PROBES.items() if "expect_load" in probe]
DECIDED = [name for name, probe in PROBES.items() if "expect" in probe]


def _tools(probe: dict[str, Any]) -> Tools | None:
    listed = probe["tools"]
    return toolspec.read(Source("tools.json", json.dumps(listed))) if listed else None


def _refusals(probe: dict[str, Any], text: str) -> list[Finding]:
    """Return what forbids the use of a policy, its tools looked at where it may stand alone."""
    policy, findings = parse.read(Source("p.bar", text))
    tools = _tools(probe)
    if findings or policy is None or tools is None:
        return findings
    return schematypes.check(policy, tools)


def _decide(probe: dict[str, Any], case: dict[str, Any]) -> Verdict:
    """Decide a case: the probe itself, or its twin, which says only what is different."""
    call, policies = case["call"], case.get("policies", probe["policies"])
    try:
        args = strictjson.read(call.get("args_text") or json.dumps(call["args"]))
    except strictjson.InvalidJson as error:
        return _refused(error.path)
    tools = _tools(probe)
    overlays = case.get("overlays", probe.get("overlays", []))  # of this session alone
    bound = [
        *(Bound(parse.parse(Source("p.bar", text)), tools) for text in policies),
        *(Bound(parse.parse(Source("o.bar", text)), published=False) for text in overlays),
    ]
    made = ToolCall("c", call["tool"], args)
    session = _session(case.get("state", probe["state"]), bound, made)
    return evaluate(bound, made, NOW, session)


def _session(events: list[Any], bound: list[Bound], made: ToolCall) -> State:
    """Return the session that the events lead to; `lost` is one that nobody knows anything of."""
    if events == ["lost"]:
        return NOTHING_KNOWN
    session = Session([one.policy for one in bound], call=made)
    for event in events:
        if "user" in event:
            session.texts.append(event["user"])
        elif "fact" in event:
            session.facts[event["fact"]] = event["value"]
        else:
            earlier = ToolCall("e", event["call"], event.get("args", {}))
            outcome = Outcome(event.get("outcome", "executed"))
            at = NOW - timedelta(minutes=event.get("minutes_ago", 1))
            session.ran(earlier, at, event.get("result"), outcome)
    return session


def _refused(path: str) -> Verdict:
    reason = Reason(ReasonCode.INVALID_CALL, Effect.DENY, path=path)
    return Verdict(Effect.DENY, ReasonCode.INVALID_CALL, (reason,))


def _shown(verdict: Verdict, wanted: dict[str, Any]) -> dict[str, Any]:
    """Say of a verdict what a probe says of it."""
    first = verdict.reasons[0]
    unknown = [reason.path for reason in verdict.reasons if reason.by is By.UNKNOWN]
    said = {
        "effect": verdict.effect,
        "reason": verdict.code,
        "by": first.rule,
        "unknown": unknown,
        "path": first.path,
        "reply": verdict.reply,
    }
    return {key: said[key] for key in wanted}


@pytest.mark.parametrize("name", DECIDED)
def test_the_probe_is_held(name: str) -> None:
    """The call is not let through, for the reason that the probe names, and soon."""
    probe = PROBES[name]
    began = time.process_time()

    assert probe["expect"] == _shown(_decide(probe, probe), probe["expect"])
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", DECIDED)
def test_the_twin_passes(name: str) -> None:
    """The nearest call that must not be denied is not: denying everything fails."""
    probe, twin = PROBES[name], PROBES[name]["twin"]

    assert twin["effect"] in ("allow", "ask")
    assert twin["effect"] == _decide(probe, twin).effect


@pytest.mark.parametrize("name", LOADED)
def test_the_policy_is_refused(name: str) -> None:
    """Each of the policies is an error with its code and a place inside the text."""
    for text in PROBES[name]["policies"]:
        (finding,) = _refusals(PROBES[name], text)
        assert PROBES[name]["expect_load"] == finding.code
        assert 0 < finding.span.start < finding.span.end <= len(text)


@pytest.mark.parametrize("name", [name for name in LOADED if "twin" in PROBES[name]])
def test_the_twin_loads(name: str) -> None:
    """The nearest policies that must be accepted are."""
    for text in PROBES[name]["twin"]["policies"]:
        assert _refusals(PROBES[name], text) == []


@pytest.mark.parametrize("name", [name for name in DECIDED if "expect_lint" in PROBES[name]])
def test_the_linter_says_so(name: str) -> None:
    """Where a mistake can be seen beforehand, the linter names it."""
    probe = PROBES[name]
    source = Source("p.bar", probe["policies"][0])
    policy, broken = parse.read(source)
    found = lint(Unit(source, policy, tuple(broken), _tools(probe)))

    assert [probe["expect_lint"]] == [finding.code for finding in found]


def test_every_probe_is_whole() -> None:
    """A probe is named as its file, says what it is and where it comes from, and is run."""
    assert sorted(PROBES) == sorted([*DECIDED, *LOADED])
    for name, probe in PROBES.items():
        assert name == probe["id"]
        assert probe["words"]
        assert probe["source"]
