"""A rule in force rests on a learned score, and nothing says that a model gives it.

Why: without a model the score is unknown, and an `ask` or `deny` applies by unknown: so to every
call of its tools. Shadow mode records what the rule would say, and decides nothing.
Avoid: rule spam: deny send_email when classify("spam") >= 0.9;
Prefer: rule spam: deny send_email when classify("spam") >= 0.9 mode shadow;
Fix: none, whether a model will answer is yours to say; a test that gives a score says so.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.sentences.rules import name_of
from dsl.sentences.slots import Meant

LINT_RULE = LintRule(code="BAR408", name="judge-without-guard", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find scores in rules that are enforced, in a policy whose tests give none."""
    reading = unit.reading
    if unit.policy is None or any(_gives_score(test) for test in unit.policy.tests):
        return
    for rule in reading.rules:
        scores = () if rule.shadow else reading.nodes(rule.condition, syntax.Judged)
        meant = unit.meanings.get(rule.name, {})
        for score in scores:
            if isinstance(meant.get(name_of(score)), Meant):  # code decides it
                continue
            does = "denies" if rule.effect is Effect.DENY else "asks about"
            what = "reply" if rule.phase == "reply" else f"{rule.phase} of its tools"
            message = f"until a model answers `{score.name}`, `{rule.name}` {does} every {what}"
            hint = "write `mode shadow` until then, or a test with `given score`"
            yield LINT_RULE.at(rule.name_span, message, hint)
            break


def _gives_score(test: syntax.TestBlock) -> bool:
    return any(isinstance(step, syntax.Given) and step.what == "score" for step in test.steps)
