"""Runs test blocks: each `expect` judges the call before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.interpret import Bound, evaluate
from dsl.model import By, Effect, Reason, ToolCall, Verdict

# Tests are decided at this instant unless they say `given now`.
FIXED_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test."""

    __test__ = False  # a noun of ours, not a test class of pytest

    name: str
    failures: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every expectation held."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class TestReport:
    """What came of one policy's tests, and the rules none of them reached."""

    __test__ = False

    policy: str
    results: tuple[TestResult, ...]
    unreached: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every test passed."""
        return all(result.passed for result in self.results)


def run(bound: Bound) -> TestReport:
    """Run a policy's tests against that policy alone."""
    reached: set[str] = set()
    results = tuple(_run_test(bound, test, reached) for test in bound.policy.tests)
    names = (rule.name for rule in bound.policy.rules)
    unreached = tuple(name for name in names if name not in reached)
    return TestReport(bound.policy.name, results, unreached)


def _run_test(bound: Bound, test: syntax.TestBlock, reached: set[str]) -> TestResult:
    now, verdict, failures = FIXED_NOW, None, []
    for number, step in enumerate(test.steps, start=1):
        match step:
            case syntax.GivenNow():
                now = step.now
            case syntax.TestCall():
                verdict = evaluate(_stack(bound), _call(step, number), now)
                reached |= {reason.rule for reason in verdict.reasons if reason.rule}
            case syntax.Expect() if verdict is not None:
                failures += _misses(step, verdict)
            case _:
                raise AssertionError
    return TestResult(test.name, tuple(failures))


def _stack(bound: Bound) -> list[Bound]:
    """Test an overlay on top of a policy that allows everything: it has nothing to narrow alone."""
    return [bound, _OPEN] if bound.policy.is_overlay else [bound]


_OPEN: Final = Bound(
    syntax.Policy(
        syntax.Header("policy", "-", 1),
        (syntax.Default(Effect.ALLOW, "an overlay is tested on top of this"),),
    )
)


def _call(step: syntax.TestCall, number: int) -> ToolCall:
    server, _, tool = step.tool.rpartition("/")
    args: Mapping[str, object] = dict(step.args)
    return ToolCall(call_id=f"test-{number}", tool=tool, args=args, server=server or None)


def _misses(expected: syntax.Expect, verdict: Verdict) -> list[Finding]:
    """Compare what came with what was expected."""
    rules = [reason.rule for reason in verdict.reasons if reason.rule]
    if verdict.effect is expected.effect and (not expected.rule or expected.rule in rules):
        return []
    wanted = f"{expected.effect} by `{expected.rule}`" if expected.rule else str(expected.effect)
    came = f"expected {wanted}, got {in_words(verdict)}"
    return [Finding("TEST", came, expected.span)]


def in_words(verdict: Verdict) -> str:
    """Say what decided, in one line."""
    return f"{verdict.effect}: " + "; ".join(_reason_in_words(reason) for reason in verdict.reasons)


def _reason_in_words(reason: Reason) -> str:
    if reason.rule is None:
        at = f" at {reason.path}" if reason.path else ""
        return f"{reason.code}{at}" + (f" ({reason.detail})" if reason.detail else "")
    if reason.by is By.UNKNOWN:
        return f"rule `{reason.rule}` by unknown ({reason.cause}: {reason.path})"
    return f"rule `{reason.rule}`"
