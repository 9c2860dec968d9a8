"""Cedar, through cedarpy: a call is an action, its arguments are the context.

The arguments go in as the JSON text that came, which is an entry cedarpy offers. A schema beside
the policy is used as Cedar's documentation says: policies are validated against it when they are
read, and requests when they are decided. `NoDecision` is not an exception and not an allow, so it
counts as refused.
"""

import importlib.metadata
import json
from collections.abc import Mapping
from typing import Any

import cedarpy  # type: ignore[import-not-found]
from host import (  # type: ignore[import-not-found]
    ALLOWED,
    REFUSED,
    Answer,
    Case,
    Decide,
)


def version() -> str:
    """Return the version of cedarpy."""
    return importlib.metadata.version("cedarpy")


def load(case: Case) -> Decide:
    """Parse the policies, and validate them if there is a schema."""
    policies = cedarpy.PolicySet.from_str(case.text)
    text = case.beside("cedarschema")
    schema = cedarpy.Schema.from_str(text) if text else None
    validator = case.beside("validator") or text  # a schema that policies alone are held against
    if validator:
        checked = cedarpy.validate_policies(case.text, validator)
        if not checked.validation_passed:
            raise ValueError("; ".join(one.error for one in checked.errors))
    words = _advice(case.text)

    def decide(call: Mapping[str, Any]) -> Answer:
        request = {
            "principal": 'Agent::"agent"',
            "action": {"type": "Action", "id": call["tool"]},
            "resource": {"type": "Tool", "id": call["tool"]},
            "context": call.get("args_text") or json.dumps(call["args"]),
        }
        result = cedarpy.is_authorized(request, policies, _entities(case), schema)
        detail = f"{result.decision.value}; {'; '.join(result.diagnostics.errors)}".rstrip("; ")
        said = next((words[one] for one in result.diagnostics.reasons if one in words), None)
        return Answer(ALLOWED if result.allowed else REFUSED, detail, said)

    return decide


def _entities(case: Case) -> list[dict[str, Any]]:
    """Return the tools with what is known of them: risk, and what their server says."""
    entities = []
    for tool in case.tools or []:
        known = {**tool.get("annotations", {}), **{k: tool[k] for k in ("risk",) if k in tool}}
        uid = {"type": "Tool", "id": tool["name"]}
        entities.append({"uid": uid, "attrs": known, "parents": []})
    return entities


def _advice(text: str) -> dict[str, str]:
    """Return what the `@advice` annotation of each policy says, by the policy's name."""
    read = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    return {name: one.get("annotations", {}).get("advice") for name, one in read.items()}
