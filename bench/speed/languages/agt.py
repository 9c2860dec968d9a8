"""The rules for the Agent Governance Toolkit: rules whose condition is a text.

The other kind of its YAML knows tests on text, and has one test a rule.
"""

import json
from collections.abc import Sequence

from bench.speed.rules import COMPARED, Check, Lacks, Rule


def render(rules: Sequence[Rule]) -> str:
    """Write one policy; YAML is written as JSON, which is YAML too."""
    written = [
        {
            "name": rule.name,
            "condition": " and ".join([f"action.type == '{rule.tool}'", *map(_test, rule.tests)]),
            "action": "allow" if rule.allows else "deny",
        }
        for rule in rules
    ]
    head = {"apiVersion": "governance.toolkit/v1", "name": "bench", "agents": ["*"]}
    return json.dumps({**head, "default_action": "deny", "rules": written})


def _test(test: Check) -> str:
    if test.operator in COMPARED:
        return f"args.{test.argument} {test.operator} {test.value!r}"
    if test.operator == "in":
        return f"args.{test.argument} in {list(test.value)!r}"
    raise Lacks("its rules with several tests have none on parts of a text")
