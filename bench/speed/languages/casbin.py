"""The rules for casbin: lines whose text the model evaluates, as its documentation scales."""

from collections.abc import Sequence
from typing import Final

from bench.speed.rules import COMPARED, Check, Rule

MODEL: Final = """\
[request_definition]
r = tool, args

[policy_definition]
p = tool, rule, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.tool == p.tool && eval(p.rule)
"""


def render(rules: Sequence[Rule]) -> str:
    """Write a line a rule."""
    return "".join(f"p, {rule.tool}, {_tests(rule)}, {_effect(rule)}\n" for rule in rules)


def _effect(rule: Rule) -> str:
    return "allow" if rule.allows else "deny"


def _tests(rule: Rule) -> str:
    return " && ".join(map(_test, rule.tests))


def _test(test: Check) -> str:
    place, value = f"r.args.{test.argument}", test.value
    if test.operator in COMPARED:
        return f"{place} {test.operator} {value!r}"
    if test.operator == "in":
        return f"{place} in {list(value)!r}"
    if test.operator == "matches":
        return rf"regexMatch({place}, '(?:{value})\Z')"
    if test.operator == "starts_with":
        return f"keyMatch({place}, '{value}*')"
    # No function says where a text ends or that it holds another: its patterns do.
    quoted = value.replace(".", r"\.")
    tail = r"\Z" if test.operator == "ends_with" else ""
    return f"regexMatch({place}, '.*{quoted}{tail}')"
