"""The rules in Rego, as rules of one document, each led by its tool so that OPA can index it."""

import json
from collections.abc import Sequence
from typing import Final

from bench.speed.rules import COMPARED, Check, Rule

_HEAD: Final = "package tools\n\nimport rego.v1\n\ndefault allow := false\n\n"
_DENYING: Final = "allow if {\n\tpermitted\n\tnot refused\n}\n\n"
_TEXT: Final = {"starts_with": "startswith", "ends_with": "endswith", "contains": "contains"}


def render(rules: Sequence[Rule]) -> str:
    """Write one module; without rules that deny it is the shorter one that people would write."""
    if all(rule.allows for rule in rules):
        return _HEAD + "".join(_rule("allow", rule) for rule in rules)
    named = (_rule("permitted" if rule.allows else "refused", rule) for rule in rules)
    return _HEAD + _DENYING + "".join(named)


def _rule(name: str, rule: Rule) -> str:
    lines = [f"input.tool == {json.dumps(rule.tool)}", *map(_test, rule.tests)]
    return f"{name} if {{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n\n"


def _test(test: Check) -> str:
    place, value = f"input.args.{test.argument}", json.dumps(test.value)
    if test.operator in COMPARED:
        return f"{place} {test.operator} {value}"
    if test.operator == "in":
        return f"{place} in {value}"
    if test.operator == "matches":
        return f"regex.match(`^(?:{test.value})$`, {place})"
    return f"{_TEXT[test.operator]}({place}, {value})"
