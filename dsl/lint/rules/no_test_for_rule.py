"""No test of the policy reaches a rule that asks or denies: none calls one of its tools.

Why: other rules are tested, so this one seems to be. An `allow` that breaks is soon noticed, as
calls are denied; an `ask` or `deny` that breaks is not.
Avoid: rule a: ask run when args.command == "x"; test "t" { call fetch(url: "a"); expect deny; }
Prefer: rule a: ask run when args.command == "x"; test "t" { call run(command: "x"); expect ask; }
Fix: none, what the rule should do is yours to say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

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
    calls = _Calls({call.qualified: call for call in called}.values())
    replies = any(isinstance(step, syntax.Says) and step.who == "reply" for step in steps)
    for rule in unit.reading.rules if tests else ():
        if rule.effect is Effect.ALLOW or rule.condition is None or rule.shadow:
            continue
        reached = replies if rule.phase == "reply" else calls.reach(unit.reading, rule)
        if rule.name not in expected and not reached:
            hint = "write a test with a call to which it applies, and one to which it does not"
            yield LINT_RULE.at(rule.name_span, f"no test reaches `{rule.name}`", hint)


def _call(tool: str) -> ToolCall:
    server, _, name = tool.rpartition("/")
    return ToolCall("", name, {}, server or None)


class _Calls:
    """The calls of tests, by their tool's name."""

    def __init__(self, calls: Iterable[ToolCall]) -> None:
        self._all = tuple(calls)
        self._named = defaultdict[str, list[ToolCall]](list)
        for call in self._all:
            self._named[call.tool].append(call)

    def reach(self, reading: Reading, rule: syntax.Rule) -> bool:
        """Tell whether a rule speaks of one of the calls."""
        if rule.selector.where is not None:
            chosen = {tool.name for tool in reading.tools(rule)}
            return not chosen or any(chosen & {one.qualified, one.tool} for one in self._all)
        names = [one.text.rpartition("/")[2] for one in rule.selector.patterns]
        globs = any("*" in name for name in names)
        near = self._all if globs else [call for name in names for call in self._named[name]]
        return any(selectors.selects(rule.selector, call) for call in near)
