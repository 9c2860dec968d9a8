"""A learned score is asked for what a plain test can tell.

Why: a number of the call and the name of a tool need no model: a test is exact, costs nothing,
and needs nobody to answer.
Avoid: rule a: deny run when judge("Never call delete_file." as ban forbids) >= 0.8 mode shadow;
Prefer: rule a: deny delete_file;
Fix: none, write the test that the sentence says.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit, once
from dsl.sentences.meaning import is_declared

LINT_RULE = LintRule(code="BAR413", name="judge-instead-of-rule", level="info", since="0.1")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+(?:[.,]\d+)*")
_FORBID: Final = (
    "never not no do does don t must may can cannot should call called calls use used using run "
    "the a an any of tool tools is are be allowed forbidden agent assistant it this and or to "
    "please always only"
)
_COMPARE: Final = (
    "over above under below most least more less than exceed exceeds exceeding beyond limit "
    "maximum minimum max min at up equal equals between"
)
_FORBIDS: Final = frozenset(_FORBID.split())
_COMPARES: Final = frozenset(_COMPARE.split())


def check(unit: Unit) -> Iterator[Finding]:
    """Find sentences that only name tools, or only compare an argument with a number."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for score in reading.nodes(rule.condition, syntax.Judged):
            if score.name != "judge" or is_declared(score):  # what that means is told elsewhere
                continue
            if (said := _says(reading, rule, score.text)) is not None:
                yield LINT_RULE.at(score.span, said)


def _says(reading: Reading, rule: syntax.Rule, sentence: str) -> str | None:
    words = _WORD.findall(sentence)
    plain = {word.lower() for word in words}
    tools = [word for word in words if "_" in word and reading.named(word)]
    if tools and plain <= _FORBIDS | {tool.lower() for tool in tools}:
        return f"this only names `{tools[0]}`: a rule about that tool needs no model"
    arguments = {name.lower() for tool in reading.tools(rule) for name in tool.arguments()}
    rest = {word for word in plain if not word[0].isdigit()} - _FORBIDS - _COMPARES
    number = any(word[0].isdigit() for word in words)
    if number and rest and rest <= arguments and plain & _COMPARES:
        return f"this compares a number: write a test of `args.{min(rest)}`"
    return None
