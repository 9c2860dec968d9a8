"""Drawbar itself, asked as the others are, so that the table is of one piece.

Its policies are those of the suite; there is one wording.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bench.peers.probes import Probe, Question
from bench.peers.score import EFFECTS, REFUSED
from dsl import parse, strictjson, toolspec
from dsl.checks import schematypes
from dsl.errors import Finding, Source
from dsl.interpret import Bound, evaluate
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.model import ToolCall
from dsl.state import NOTHING_KNOWN
from dsl.toolspec import Tools

NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Said = dict[str, Any]


class Drawbar:
    """Answers questions from the probes' own policies."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes

    def ask(self, question: Question) -> Said:
        """Return what Drawbar says to a question of the suite."""
        probe, case = self._probes[question["probe"]], question["case"]
        texts, tools = _policies(probe, case), _tools(question)
        refusals = [finding for text in texts for finding in _refusals(text, tools)]
        if refusals and probe.is_load:
            return {"load": REFUSED, "answer": REFUSED, "detail": _shown(refusals[0])}
        said = decide(texts, tools, question["call"], _overlays(probe, case))
        if "expect_lint" in probe.fields:
            found = {finding.code for text in texts for finding in _findings(text, tools)}
            return {**said, "warned": probe.fields["expect_lint"] in found}
        return said

    def counts(self, name: str, _wording: str, case: str) -> int:
        """Return how many policies of a probe must be refused, or must not."""
        probe = self._probes[name]
        of = probe.fields if case == "call" else probe.fields.get("twin", {"policies": []})
        return len(of["policies"])


def decide(
    texts: list[str], tools: Tools | None, call: Mapping[str, Any], overlays: Sequence[str] = ()
) -> Said:
    """Decide one call by the interpreter, its arguments read as every edge reads them."""
    try:
        args = strictjson.read(call.get("args_text") or json.dumps(call["args"]))
    except strictjson.InvalidJson as error:
        return {"load": "loaded", "answer": REFUSED, "detail": f"invalid_call at {error.path}"}
    bound = [
        *(Bound(parse.parse(Source("p.bar", text)), tools) for text in texts),
        *(Bound(parse.parse(Source("o.bar", text)), published=False) for text in overlays),
    ]
    verdict = evaluate(bound, ToolCall("c", call["tool"], args), NOW, NOTHING_KNOWN)
    said = {"load": "loaded", "answer": EFFECTS[verdict.effect], "detail": str(verdict.code)}
    return {**said, "said": verdict.reply, "changed": verdict.changed}


def _overlays(probe: Probe, case: str) -> list[str]:
    """Return the overlays of the session alone."""
    own: list[str] = probe.fields.get("overlays", [])
    return own if case == "call" else list(probe.fields["twin"].get("overlays", own))


def _policies(probe: Probe, case: str) -> list[str]:
    """Return the texts that a case is about: all of a call's, or one that must be refused."""
    own: list[str] = probe.fields["policies"]
    twin: list[str] = probe.fields.get("twin", {}).get("policies", own)
    if case.isdigit():
        return [own[int(case) - 1]]
    if case.removeprefix("twin").isdigit():
        return [twin[int(case.removeprefix("twin")) - 1]]
    return own if case == "call" else twin


def _tools(question: Question) -> Tools | None:
    listed = question["tools"]
    return toolspec.read(Source("tools.json", json.dumps(listed))) if listed else None


def _refusals(text: str, tools: Tools | None) -> list[Finding]:
    policy, findings = parse.read(Source("p.bar", text))
    if findings or policy is None or tools is None:
        return findings
    return schematypes.check(policy, tools)


def _findings(text: str, tools: Tools | None) -> list[Finding]:
    source = Source("p.bar", text)
    policy, broken = parse.read(source)
    return list(lint(Unit(source, policy, tuple(broken), tools)))


def _shown(finding: Finding) -> str:
    return f"{finding.code}: {finding.message}"
