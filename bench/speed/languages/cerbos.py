"""The rules for Cerbos: a tool is a kind of resource, its arguments are the resource's attributes.

Each tool has a policy of its own, as Cerbos wants it: one file a tool. Conditions are in CEL.
"""

import json
from collections.abc import Sequence
from typing import Any

from bench.speed.languages import cel
from bench.speed.rules import Rule, by_tool


def render(rules: Sequence[Rule]) -> dict[str, str]:
    """Return the text of each file by its name; YAML is written as JSON, which is YAML too."""
    return {f"{tool}.yaml": json.dumps(_policy(tool, own)) for tool, own in by_tool(rules).items()}


def _policy(tool: str, rules: Sequence[Rule]) -> dict[str, Any]:
    resource = {"resource": tool, "version": "default", "rules": [_rule(one) for one in rules]}
    return {"apiVersion": "api.cerbos.dev/v1", "resourcePolicy": resource}


def _rule(rule: Rule) -> dict[str, Any]:
    tests = [{"expr": cel.tested(test, "R.attr")} for test in rule.tests]
    return {
        "name": rule.name,
        "actions": ["call"],
        "effect": "EFFECT_ALLOW" if rule.allows else "EFFECT_DENY",
        "roles": ["agent"],
        "condition": {"match": {"all": {"of": tests}}},
    }
