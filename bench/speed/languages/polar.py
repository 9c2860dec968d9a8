"""The rules in Polar, for oso; text is tested by Python's methods, as its documentation says."""

import json
from collections.abc import Sequence
from typing import Final

from bench.speed.rules import COMPARED, Check, Lacks, Rule

_DENYING: Final = """\
allow(_agent, tool, call: ToolCall) if
\tallowed(tool, call) and
\tnot denied(tool, call);

"""


def render(rules: Sequence[Rule]) -> str:
    """Write a rule each; without rules that deny it is the shorter form."""
    if all(rule.allows for rule in rules):
        return "".join(_rule("allow(_agent, ", rule) for rule in rules)
    named = (_rule("allowed(" if rule.allows else "denied(", rule) for rule in rules)
    return _DENYING + "".join(named)


def _rule(head: str, rule: Rule) -> str:
    tests = " and\n\t".join(map(_test, rule.tests))
    return f"{head}{json.dumps(rule.tool)}, call: ToolCall) if\n\t{tests};\n"


def _test(test: Check) -> str:
    place, value = f"call.args.{test.argument}", json.dumps(test.value)
    match test.operator:
        case operator if operator in COMPARED:
            return f"{place} {operator} {value}"
        case "in":
            return f"{place} in {value}"
        case "starts_with":
            return f"{place}.startswith({value})"
        case "ends_with":
            return f"{place}.endswith({value})"
        case "contains":
            return f"{place}.count({value}) > 0"
    raise Lacks("no regular expressions")
