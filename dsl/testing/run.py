"""Runs test blocks: each `expect` judges the step before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from dsl import syntax, unreadable
from dsl.errors import Finding
from dsl.evaluation.scope import Scope
from dsl.interpret import Bound, evaluate, evaluate_output
from dsl.model import By, Effect, Reason, Subject, ToolCall, Verdict
from dsl.place import located
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.testing.coverage import Coverage, CoverageReport

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
    """What came of one policy's tests, and how much of the policy they exercised."""

    __test__ = False

    policy: str
    results: tuple[TestResult, ...]
    coverage: CoverageReport

    @property
    def passed(self) -> bool:
        """Tell whether every test passed."""
        return all(result.passed for result in self.results)


def run(bound: Bound) -> TestReport:
    """Run a policy's tests against that policy alone."""
    coverage = Coverage(bound)
    results = [
        TestResult(test.name, tuple(one.moved(start) for one in _Run(bound, coverage).test(test)))
        for start, test in located(bound.policy, syntax.TestBlock)
    ]
    return TestReport(bound.policy.name, tuple(results), coverage.report())


@dataclass(slots=True)
class _Run:
    """One test as it runs, from an empty session on."""

    bound: Bound
    coverage: Coverage
    now: datetime = FIXED_NOW
    call: ToolCall = field(default_factory=lambda: ToolCall("test-0", "-", {}))
    verdict: Verdict | None = None
    of_result: Verdict | None = None
    session: Session = field(default_factory=Session)
    failures: list[Finding] = field(default_factory=list)

    def test(self, test: syntax.TestBlock) -> list[Finding]:
        """Take the steps one after another; return what did not hold."""
        self.session.policies = (self.bound.policy,)
        for number, step in enumerate(test.steps, start=1):
            self._step(step, number)
        return self.failures

    def _step(self, step: syntax.Step, number: int) -> None:
        match step:
            case syntax.GivenNow(now):
                self.now = now.replace(tzinfo=self.bound.names.zone)
            case syntax.Given():
                self._given(step)
            case syntax.Says("user", text):
                self.session.texts.append(text)
            case syntax.Says(_, text):
                self.verdict = self._judge_output({"reply": text})
            case syntax.TestCall():
                self._called(step, number)
            case syntax.Expect():
                verdict = self.of_result if step.of_result else self.verdict
                self.failures += _misses(step, verdict) if verdict is not None else []

    def _given(self, step: syntax.Given) -> None:
        match step:
            case syntax.Given("context", _, value):
                self.call = replace(self.call, context=value)
            case syntax.Given("subject", name, roles):
                self.call = replace(self.call, subject=Subject(name, tuple(roles)))
            case syntax.Given("agent", name):
                self.call = replace(self.call, agent=name)
            case syntax.Given("fact", name, value):
                self.session.facts[str(name)] = value
            case syntax.Given(_, name, value):
                self.session.scores[str(name)] = value

    def _called(self, step: syntax.TestCall, number: int) -> None:
        server, _, tool = step.tool.rpartition("/")
        self.call = replace(
            self.call,
            call_id=f"test-{number}",
            tool=tool,
            server=server or None,
            args=unreadable.seen(dict(step.args)),
        )
        self.session.call = self.call
        self.coverage.look(Scope(self.call, self.now, state=self.session), "call")
        self.verdict = evaluate(_stack(self.bound), self.call, self.now, self.session)
        self._decided(self.verdict)
        self.of_result = None
        if self._approved(step):
            self.session.approve(self.call)
            self.session.approve(self._released(self.verdict))
        if self.verdict.effect is Effect.ALLOW or self._approved(step):
            self._ran(step, self.verdict)
        elif step.outcome is not None:
            words = f"the call did not run, so nothing came back: {in_words(self.verdict)}"
            self.failures.append(Finding("TEST", words, step.span))

    def _approved(self, step: syntax.TestCall) -> bool:
        """Tell whether something came back of an asked call: then a person approved it."""
        return (
            self.verdict is not None
            and self.verdict.effect is Effect.ASK
            and (step.outcome is not None)
        )

    def _ran(self, step: syntax.TestCall, verdict: Verdict) -> None:
        """Remember the call as it was released, and judge what came back."""
        came = step.outcome or syntax.Returns()
        shown = came.value
        if step.outcome is not None and not came.fails:
            self.of_result = self._judge_output({"result": came.value})
            refused = self.of_result.effect is not Effect.ALLOW
            changed = came.value if self.of_result.changed is None else self.of_result.changed
            shown = None if refused else changed
        outcome = Outcome.FAILED if came.fails else Outcome.EXECUTED
        self.session.ran(self._released(verdict), self.now, shown, outcome)

    def _released(self, verdict: Verdict) -> ToolCall:
        """Return the call as the policies changed it, where they did."""
        changed = verdict.changed
        return self.call if changed is None else replace(self.call, args=changed)

    def _judge_output(self, content: Mapping[str, Any]) -> Verdict:
        phase: syntax.Phase = "result" if "result" in content else "reply"
        content = unreadable.seen(content)
        self.coverage.look(Scope(self.call, self.now, state=self.session, content=content), phase)
        stack = _stack(self.bound)
        verdict = evaluate_output(stack, self.call, content, self.now, self.session)
        self._decided(verdict)
        return verdict

    def _decided(self, verdict: Verdict) -> None:
        said = (*verdict.reasons, *verdict.shadow)
        self.coverage.decided |= {reason.rule for reason in said if reason.rule}


def _stack(bound: Bound) -> list[Bound]:
    """Test an overlay on top of a policy that allows everything: it has nothing to narrow alone."""
    return [bound, _OPEN] if bound.policy.is_overlay else [bound]


_OPEN: Final = Bound(
    syntax.Policy(
        syntax.Header("policy", "-", 1),
        (syntax.Default(Effect.ALLOW, "an overlay is tested on top of this"),),
    )
)


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
    detail = f" ({reason.detail})" if reason.detail else ""
    if reason.rule is None:
        at = f" at {reason.path}" if reason.path else ""
        return f"{reason.code}{at}{detail}"
    if reason.by is By.UNKNOWN:
        return f"rule `{reason.rule}` by unknown ({reason.cause}: {reason.path}){detail}"
    return f"rule `{reason.rule}`{detail}"
