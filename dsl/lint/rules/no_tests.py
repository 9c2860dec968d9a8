"""A policy with many restrictions has not one test.

Why: nobody sees when an edit takes a restriction away: what was refused is simply allowed. A test
says what must stay as it is, and `drawbar test` holds it.
Avoid: rule a: deny run when args.command == "a"; rule b: deny run when args.command == "b";
  rule c: deny run when args.command == "c"; rule d: deny run when args.command == "d";
  rule e: deny run when args.command == "e"; rule f: deny run when args.command == "f";
  rule g: deny run when args.command == "g"; rule h: ask run when args.command == "h";
Prefer: rule a: deny run when args.command in ["a", "b", "c", "d", "e", "f", "g"];
  rule h: ask run when args.command == "h";
  test "some are not run, one is asked about" {
  call run(command: "a"); expect deny by a; call run(command: "h"); expect ask by h; }
Fix: none, what must stay as it is is yours to say.
"""

from collections.abc import Iterator
from typing import Final

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR605", name="no-tests", level="warning", since="0.1")
MANY: Final = 8


def check(unit: Unit) -> Iterator[Finding]:
    """Find policies without a test in which that many rules ask or deny under a condition."""
    if unit.policy is None or unit.policy.tests:
        return
    rules = [
        rule
        for rule in unit.reading.rules
        if rule.effect is not Effect.ALLOW and rule.condition is not None and not rule.shadow
    ]
    if len(rules) >= MANY:
        message = f"{len(rules)} rules restrict calls, and no test holds any of them"
        hint = 'write `test "..." { call ...; expect deny by RULE; }`'
        yield LINT_RULE.at(unit.policy.header.span, message, hint)
