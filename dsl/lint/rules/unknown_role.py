"""A role is spelt nearly like another one of the policy.

Why: nobody has a misspelt role. A call that waits for its approval waits for ever, and what only
such a person may do, nobody may.
Avoid: rule a: ask deploy approver role "treasury"; rule b: ask send_money approver role "tresury";
Prefer: rule a: ask deploy approver role "chief"; rule b: ask send_money approver role "treasury";
Fix: unsafe, writes the other name.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from dsl import syntax, walk
from dsl.errors import Finding, Span
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR111", name="unknown-role", level="warning", since="0.1")
_ROLES: Final = syntax.Path("subject", ("roles",))
_SHORTEST: Final = 4
_NO_LETTERS: Final = re.compile(r"[^a-z]+")


def check(unit: Unit) -> Iterator[Finding]:
    """Compare the roles of rules with each other; a test may give a wrong one with intent."""
    named = list(_named(unit.reading))
    counts = Counter(name for name, _ in named)
    order = {name: at for at, name in enumerate(counts)}
    meant = {name: _meant(name, counts, order) for name in counts}
    return once(_reported(unit, named, meant))


def _reported(
    unit: Unit, named: list[tuple[str, Span]], meant: dict[str, str | None]
) -> Iterator[Finding]:
    for name, span in named:
        if (other := meant[name]) is not None:
            found = unit.source.text.find(f'"{name}"', span.start, span.end)
            at = Span(found, found + len(name) + 2) if found >= 0 else span
            message = f"no other rule speaks of the role `{name}`"
            yield LINT_RULE.at(at, message, f"did you mean `{other}`?")


def _meant(name: str, counts: Counter[str], order: dict[str, int]) -> str | None:
    """Return the role that is named oftener, or as often and earlier, and is spelt alike."""
    here = (-counts[name], order[name])
    others = (other for other in counts if (-counts[other], order[other]) < here)
    return next((other for other in others if _alike(name, other)), None)


def _named(reading: Reading) -> Iterator[tuple[str, Span]]:
    """Yield each role with its place."""
    for rule in reading.rules:
        if rule.approver and rule.approver.role is not None:
            yield rule.approver.role, rule.approver.span
        for node in reading.nodes(rule.condition, syntax.Node):
            match node:
                case syntax.Membership(syntax.Constant(str() as name) as left, right):
                    if right == _ROLES:
                        yield name, left.span
                case syntax.Quantifier(_, _, items, body) if items == _ROLES:
                    for constant in walk.nodes(body, syntax.Constant):
                        if isinstance(constant.value, str):
                            yield constant.value, constant.span


def _alike(one: str, other: str) -> bool:
    """Tell whether two names differ in case, in joints, or in one letter of one long word."""
    mine, theirs = (_NO_LETTERS.split(name.lower()) for name in (one, other))
    if "".join(mine) == "".join(theirs):
        return _digits(one) == _digits(other)
    differing = [pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]]
    same_digits = _digits(one) == _digits(other) and len(mine) == len(theirs)
    return same_digits and len(differing) == 1 and _one_slip(*differing[0])


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _one_slip(one: str, other: str) -> bool:
    """Tell whether one letter is missing, too many, another one, or two have changed places."""
    short, long = sorted((one, other), key=len)
    if len(short) < _SHORTEST or short[0] != long[0] or len(long) - len(short) > 1:
        return False
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at:][1::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long[at:]
