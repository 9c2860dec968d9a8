"""A rule in force rests on a sentence of no kind that code can decide.

Why: only a served guard may answer, and only where it was shown to be good at such sentences. Until
then the score is unknown, and an `ask` or `deny` applies by unknown.
Avoid: rule a: deny send_money when judge("Send 100 at most." as size permits) >= 0.5;
Prefer: rule a: deny send_money when judge("Send at most 100." as num_max permits) >= 0.5;
Fix: none, which kind it is, if any, is yours to say.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once
from dsl.sentences.kinds import KINDS
from dsl.sentences.meaning import is_declared

LINT_RULE = LintRule(code="BAR418", name="judge-undeclared-kind", level="info", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find sentences without a kind of the closed list, in rules that are in force."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    for rule in unit.reading.rules:
        scores = () if rule.shadow else unit.reading.nodes(rule.condition, syntax.Judged)
        for judged in scores:
            if judged.name == "judge" and not is_declared(judged):
                kind = f"`{judged.kind}` is no kind" if judged.kind else "no kind is declared"
                message = f"{kind} that code decides: only a guard with skill can answer"
                yield LINT_RULE.at(judged.span, message, f"kinds are {', '.join(KINDS)}")
