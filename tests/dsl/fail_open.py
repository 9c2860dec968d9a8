"""Reads and decides the probes of the fail-open suite: tests/corpus/fail_open, one a file.

A probe names policies, what the session saw, a call, and what must come of it. `fault` says what
does not answer, or answers with nonsense, and at which question. Its twin says only what is
different, and has no fault unless it names one. Arguments given as text are read by the strict
reader, as every edge does; what it refuses is an invalid call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dsl import parse, strictjson, syntax, toolspec
from dsl.errors import Source
from dsl.interpret import Bound, evaluate
from dsl.model import By, Cause, Effect, Need, Reason, ReasonCode, ToolCall, Verdict
from dsl.session.session import Session
from dsl.state import NOTHING_KNOWN, Argument, Decided, Origins, Outcome, PastCall, State
from dsl.toolspec import Tools
from dsl.types import Truth, Unknown
from tests.dsl.making import NOW

FOLDER: Final = Path(__file__).parents[1] / "corpus" / "fail_open"
PROBES: Final[Mapping[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
LOADED: Final = [name for name, probe in PROBES.items() if "expect_load" in probe]
DECIDED: Final = [name for name, probe in PROBES.items() if "expect" in probe]
_CAUSES: Final = {
    "timeout": Cause.TIMEOUT,
    "unreachable": Cause.NO_STATE,
    "overflow": Cause.SESSION_OVERFLOW,
    "expired": Cause.SESSION_EXPIRED,
}


@dataclass(slots=True)
class Faulty(Session):
    """A session of which one part does not answer, or answers with nonsense."""

    fault: Mapping[str, Any] = field(default_factory=dict)

    def _broken(self, at: str) -> bool:
        return self.fault.get("at") == at

    def _unknown(self, at: str) -> Unknown:
        return Unknown(_CAUSES[self.fault["kind"]], at)

    def _answer(self, at: str) -> Any:
        if self.fault["kind"] == "malformed":
            return strictjson.read(json.dumps(self.fault["answer"]))
        return self._unknown(at)

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        if self._broken("score"):
            return self._answer(judged.name)
        return Session.score(self, judged, value, call, decided)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        if self._broken("fact"):
            return self._answer(f"fact.{fact.name}")
        return Session.look_up(self, fact, args)

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        return self._unknown(per) if self._broken("history") else Session.past(self, per, since)

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        if self._broken("origin"):
            return self._unknown("origin")
        return Session.origins(self, policy, value, kind, at)

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        return (
            self._unknown("session")
            if self._broken("session")
            else Session.saw(self, policy, level)
        )

    def session_has(self, label: str, by: str | None) -> Truth:
        if self._broken("session"):
            return self._unknown("session")
        return Session.session_has(self, label, by)


@dataclass(frozen=True)
class Case:
    """A probe or its twin, its policies read: ready to decide its call, and calls like it."""

    bound: Sequence[Bound]
    tool: str
    text: str  # the arguments as an agent wrote them
    state: Sequence[Any]
    fault: Mapping[str, Any] | None

    @property
    def args(self) -> Any:
        """Return the arguments, where they can be read."""
        return strictjson.read(self.text)

    def decide(self, text: str | None = None, by: Callable[..., Verdict] = evaluate) -> Verdict:
        """Decide the call, or one of other arguments."""
        try:
            args = strictjson.read(self.text if text is None else text)
        except strictjson.InvalidJson as error:
            return _refused(error.path)
        made = ToolCall("c", self.tool, args)
        return by(self.bound, made, NOW, self._session(made))

    def _session(self, made: ToolCall) -> State:
        """Return the session that the events lead to; `lost` is one that nobody knows."""
        if list(self.state) == ["lost"]:
            return NOTHING_KNOWN
        session = Faulty([one.policy for one in self.bound], call=made, fault=self.fault or {})
        for event in self.state:
            _happens(session, event)
        return session


def _happens(session: Session, told: Mapping[str, Any]) -> None:
    event = strictjson.read(json.dumps(told))  # numbers are exact, as they would arrive
    if "user" in event:
        session.texts.append(event["user"])
    elif "fact" in event:
        session.facts[event["fact"]] = event["value"]
    elif "score" in event:
        session.scores[event["score"]] = event["value"]
    else:
        earlier = ToolCall("e", event["call"], event.get("args", {}))
        at = NOW - timedelta(minutes=event.get("minutes_ago", 1))
        outcome = Outcome(event.get("outcome", "executed"))
        session.ran(earlier, at, event.get("result"), outcome)


def probe_of(name: str) -> Case:
    """Return the case of a probe: what must not be let through."""
    probe = PROBES[name]
    return _case(probe, probe, probe["fault"])


def twin_of(name: str) -> Case:
    """Return the case of its twin: the nearest that must not be denied."""
    twin = PROBES[name]["twin"]
    return _case(PROBES[name], twin, twin.get("fault"))


def tools_of(probe: Mapping[str, Any]) -> Tools | None:
    """Return the tools that a probe declares."""
    listed = probe["tools"]
    return toolspec.read(Source("tools.json", json.dumps(listed))) if listed else None


def _case(probe: Mapping[str, Any], case: Mapping[str, Any], fault: Any) -> Case:
    tools = tools_of(probe)
    overlays = case.get("overlays", probe.get("overlays", []))  # of this session alone
    bound = [
        *(_bound(text, tools) for text in case.get("policies", probe["policies"])),
        *(Bound(parse.parse(Source("o.bar", text)), published=False) for text in overlays),
    ]
    call = case["call"]
    text = call.get("args_text") or json.dumps(call["args"])
    return Case(bound, call["tool"], text, case.get("state", probe["state"]), fault)


def _bound(text: str, tools: Tools | None) -> Bound:
    return Bound(parse.parse(Source("p.bar", text)), tools)


def _refused(path: str) -> Verdict:
    reason = Reason(ReasonCode.INVALID_CALL, Effect.DENY, path=path)
    return Verdict(Effect.DENY, ReasonCode.INVALID_CALL, (reason,))


def shown(verdict: Verdict, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Say of a verdict what a probe says of it."""
    first = verdict.reasons[0]
    doubtful = [reason for reason in verdict.reasons if reason.by is By.UNKNOWN]
    said = {
        "effect": verdict.effect,
        "reason": verdict.code,
        "by": first.rule,
        "unknown": [reason.path for reason in doubtful],
        "cause": doubtful[0].cause if doubtful else None,
        "path": first.path,
        "reply": verdict.reply,
        "changed": verdict.changed,
        "needs": [_need(one) for one in verdict.approval.needs] if verdict.approval else [],
    }
    return {key: said[key] for key in wanted if key in said}


def _need(need: Need) -> str:
    return f"role {need.role}" if need.role else need.kind
