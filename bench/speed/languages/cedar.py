"""The rules in Cedar: an action is the tool, the context its arguments."""

import json
from collections.abc import Sequence

from bench.speed.rules import COMPARED, Check, Lacks, Rule


def render(rules: Sequence[Rule]) -> str:
    """Write a policy a rule."""
    return "".join(map(_policy, rules))


def _policy(rule: Rule) -> str:
    effect = "permit" if rule.allows else "forbid"
    head = f"{effect} (principal, action == Action::{json.dumps(rule.tool)}, resource)"
    return f"{head}\nwhen {{ {' && '.join(map(_test, rule.tests))} }};\n"


def _test(test: Check) -> str:
    value, place = test.value, f"context.{test.argument}"
    if test.operator in COMPARED:
        return f"{place} {test.operator} {json.dumps(value)}"
    if test.operator == "in":
        return f"{json.dumps(value)}.contains({place})"
    if test.operator == "matches":
        raise Lacks("no regular expressions")
    before = "" if test.operator == "starts_with" else "*"
    after = "" if test.operator == "ends_with" else "*"
    return f"{place} like {json.dumps(before + value + after)}"
