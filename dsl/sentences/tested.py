"""Whether the tests of a policy agree with the rule that a declared sentence means."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from dsl import syntax
from dsl.evaluation.opinion import Bound
from dsl.testing.run import run
from dsl.toolspec import Tools

_Steps = tuple[syntax.Step, ...]


def disagrees(policy: syntax.Policy, tools: Tools | None, judged: syntax.Judged) -> str | None:
    """Return a test that fails by what code decides, and passes where it is decided otherwise.

    Otherwise: by the scores that the test gives, or by the same answer for every call.
    """
    if not policy.tests:
        return None

    def failing(change: Callable[[_Steps], _Steps]) -> set[str]:
        changed = tuple(_with(one, change) for one in policy.statements)
        report = run(Bound(replace(policy, statements=changed), tools))
        return {one.name for one in report.results if not one.passed}

    def without(steps: _Steps) -> _Steps:
        return tuple(one for one in steps if not _gives(one, judged.text))

    def always(score: int) -> Callable[[_Steps], _Steps]:
        given = syntax.Given("score", judged.text, score)
        return lambda steps: (given, *without(steps))

    failed = failing(without)
    if not failed:
        return None
    others: Iterator[Callable[[_Steps], _Steps]] = iter((lambda steps: steps, always(1), always(0)))
    passed = {name for change in others for name in failed - failing(change)}
    return min(passed, default=None)


def _gives(step: syntax.Step, sentence: str) -> bool:
    return isinstance(step, syntax.Given) and step.what == "score" and step.name == sentence


def _with(statement: syntax.Statement, change: Callable[[_Steps], _Steps]) -> syntax.Statement:
    if not isinstance(statement, syntax.TestBlock):
        return statement
    return replace(statement, steps=change(statement.steps))
