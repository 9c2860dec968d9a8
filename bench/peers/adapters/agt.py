"""Microsoft's Agent Governance Toolkit: its two kinds of YAML policies.

Rules whose condition is a text go to `agentmesh.governance.PolicyEngine`, with the strategy that
`govern` has by default unless a file beside the policy names another. Rules whose condition is a
mapping go to `agent_os.policies.PolicyEvaluator`, which knows more operators and no `and`. In the
defensive wording a policy must first pass the toolkit's own validation.
"""

import importlib.metadata
import logging
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]
from agent_os.policies import PolicyEvaluator  # type: ignore[import-not-found]
from agentmesh.governance.policy import (  # type: ignore[import-not-found]
    PolicyEngine,
    validate_policy_schema,
)
from host import (  # type: ignore[import-not-found]
    ALLOWED,
    ASKED,
    REFUSED,
    Answer,
    Case,
    Decide,
    args_of,
)

logging.disable()
warnings.simplefilter("ignore")


def version() -> str:
    """Return the version of the toolkit's core."""
    return importlib.metadata.version("agent-governance-toolkit-core")


def load(case: Case) -> Decide:
    """Load a policy into the engine that its form belongs to."""
    rules = (yaml.safe_load(case.text) or {}).get("rules") or []
    mapped = any(
        isinstance(rule, dict) and isinstance(rule.get("condition"), dict) for rule in rules
    )
    return _document(case) if mapped else _rules(case)


def _rules(case: Case) -> Decide:
    engine = PolicyEngine(conflict_strategy=(case.beside("strategy") or "deny_overrides").strip())
    if case.text.strip():
        wrong = validate_policy_schema(case.text) if case.wording == "defensive" else []
        if wrong:
            raise ValueError("; ".join(wrong))
        engine.load_yaml(case.text)

    def decide(call: Mapping[str, Any]) -> Answer:
        declared = _declared(case, call["tool"])
        context = {"action": {"type": call["tool"]}, "args": args_of(call), "declared": declared}
        decision = engine.evaluate("agent", context)
        asked = decision.action == "require_approval"
        answer = ASKED if asked else ALLOWED if decision.allowed else REFUSED
        said = decision.reason if decision.matched_rule else None
        return Answer(answer, f"rules: {decision.action}, {decision.reason}", said)

    return decide


def _document(case: Case) -> Decide:
    evaluator = PolicyEvaluator()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "policy.yaml").write_text(case.text, "utf-8")
        evaluator.load_policies(folder)

    def decide(call: Mapping[str, Any]) -> Answer:
        declared = _declared(case, call["tool"])
        decision = evaluator.evaluate({**declared, **args_of(call), "tool_name": call["tool"]})
        answer = ALLOWED if decision.allowed else REFUSED
        return Answer(answer, f"document: {decision.action}, {decision.reason}")

    return decide


def _declared(case: Case, tool: str) -> dict[str, Any]:
    known: dict[str, Any] = next((one for one in case.tools or [] if one["name"] == tool), {})
    risk = {"risk": known["risk"]} if "risk" in known else {}
    return {**risk, **known.get("annotations", {})}
