"""No test of the policy comes near a condition that restricts: none calls the rule's tools.

Why: other rules are tested, so this one seems to be. An `allow` that breaks is soon noticed, as
calls are denied; an `ask` or `deny` that breaks is not.
Avoid: rule a: ask run when args.command == "x"; test "t" { call fetch(url: "a"); expect deny; }
Prefer: rule a: ask run when args.command == "x"; test "t" { call run(command: "x"); expect ask; }
Fix: none, what the rule should do is yours to say.
"""

from collections.abc import Iterator

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect, ToolCall

LINT_RULE = LintRule(code="BAR602", name="no-test-for-rule", level="info", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules that no step of a test reaches, in policies that have tests."""
    tests = unit.policy.tests if unit.policy else ()
    steps = [step for test in tests for step in test.steps]
    expected = {step.rule for step in steps if isinstance(step, syntax.Expect)}
    called = [_call(step.tool) for step in steps if isinstance(step, syntax.TestCall)]
    calls = list({call.qualified: call for call in called}.values())
    replies = any(isinstance(step, syntax.Says) and step.who == "reply" for step in steps)
    for rule in unit.reading.rules if tests else ():
        if rule.effect is Effect.ALLOW or rule.condition is None or rule.shadow:
            continue
        reached = replies if rule.phase == "reply" else _reached(unit.reading, rule, calls)
        if rule.name not in expected and not reached:
            hint = "write a test with a call to which the rule applies, and one to which not"
            yield LINT_RULE.at(rule.name_span, f"no test reaches `{rule.name}`", hint)


def _call(tool: str) -> ToolCall:
    server, _, name = tool.rpartition("/")
    return ToolCall("", name, {}, server or None)


def _reached(reading: Reading, rule: syntax.Rule, calls: list[ToolCall]) -> bool:
    if rule.selector.where is None:
        return any(selectors.selects(rule.selector, call) for call in calls)
    chosen = {tool.name for tool in reading.tools(rule)}
    return not chosen or any(chosen & {call.qualified, call.tool} for call in calls)
