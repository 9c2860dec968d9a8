"""Finds the rule of each requirement in a policy, and shows that the rule carries it.

A requirement has an id, its *row*. In the policy, tests whose names begin with the id belong to it:

    test "L78 stops: more certificates than allowed" { ... expect deny by one_certificate; }
    test "L78 passes: one certificate" { ... expect allow; }

The rule of a row is the one that the `deny` and `ask` expectations of its stop tests name. A row
that no rule can say is *watched*: by a `judge` rule in shadow mode whose `because` begins with the
id and a colon (`because "L9: ..."`), or that has no such `because` and points to its line by
`source "policy.md" line 9`, which is row `L9`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.policy import policies
from dsl import selectors, syntax
from dsl.interpret import Bound
from dsl.model import Effect
from dsl.testing.run import run

_NAMED: Final = re.compile(r"(\S+) (stops|passes): \S.*")
_BECAUSE: Final = re.compile(r"(\S+): \S.*", re.DOTALL)


class RowsError(ValueError):
    """A policy's rows do not say what they should."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: its rule, the tests that it must stop, and the near twins that pass."""

    id: str
    rule: str
    stops: tuple[str, ...]
    passes: tuple[str, ...]


def load(path: Path) -> Bound:
    """Read one policy with its tools."""
    (bound,) = policies.load([path]).bound
    return bound


def rows(policy: syntax.Policy) -> dict[str, Row]:
    """Return the rows that a policy enforces, by id; raise with all that is wrong with them."""
    found: dict[str, dict[str, list[syntax.TestBlock]]] = {}
    for test in policy.tests:
        if named := _NAMED.fullmatch(test.name):
            sorts = found.setdefault(named[1], {"stops": [], "passes": []})
            sorts[named[2]].append(test)
    faults, made = [], {}
    for row, sorts in found.items():
        rules = {rule for test in sorts["stops"] for rule in _restricting(test)}
        if len(rules) != 1 or not sorts["passes"]:
            faults.append(f"row `{row}` needs one rule and a test that passes, has {sorted(rules)}")
            continue
        stops, passes = (tuple(one.name for one in sorts[sort]) for sort in ("stops", "passes"))
        made[row] = Row(row, rules.pop(), stops, passes)
    if faults:
        raise RowsError("; ".join(faults))
    return made


def _restricting(test: syntax.TestBlock) -> Iterator[str]:
    """Yield the rules that a test wants to refuse or to ask."""
    for step in test.steps:
        if isinstance(step, syntax.Expect) and step.effect is not Effect.ALLOW and step.rule:
            yield step.rule


def watched(bound: Bound) -> dict[str, str]:
    """Return the rows that a learned score alone could judge, each with its rule in shadow mode."""
    judging = bound.names.judgements
    shadow = [rule for rule in bound.policy.rules if rule.shadow and rule.name in judging]
    return {row: rule.name for rule in shadow if (row := _watches(rule)) is not None}


def _watches(rule: syntax.Rule) -> str | None:
    if rule.because and (named := _BECAUSE.fullmatch(rule.because)):
        return named[1]
    return f"L{rule.source.line}" if rule.source else None


def without(bound: Bound, rule: str) -> Bound:
    """Return a policy that lacks one rule, its tests unchanged."""
    kept = [one for one in bound.policy.rules if one.name != rule]
    if len(kept) == len(bound.policy.rules):
        raise RowsError(f"there is no rule `{rule}`")
    return _holding(bound, kept, bound.policy.tests)


def red(bound: Bound) -> frozenset[str]:
    """Run a policy's tests; return the names of those that fail."""
    return frozenset(result.name for result in run(bound).results if not result.passed)


def wrongly_red(bound: Bound) -> list[str]:
    """Say where removing the rule of a row does not turn exactly that row's stop tests red.

    Rows that share a rule turn red together. Tests that are red anyhow are not told here.
    """
    by_rule: dict[str, set[str]] = {}
    for row in rows(bound.policy).values():
        by_rule.setdefault(row.rule, set()).update(row.stops)
    found, acting = [], _acting(bound)
    for rule, stops in by_rule.items():
        rest = without(acting, rule)
        came = red(_holding(rest, rest.policy.rules, _reached(acting.policy, rule)))
        if came != stops:
            more, less = sorted(came - stops), sorted(stops - came)
            found.append(f"without `{rule}`: red beside its own {more}, still green {less}")
    return found


def _reached(policy: syntax.Policy, name: str) -> Iterator[syntax.TestBlock]:
    """Yield the tests that a rule can have a say in; the others are the same without it."""
    (rule,) = (one for one in policy.rules if one.name == name)
    for test in policy.tests:
        calls = [step for step in test.steps if isinstance(step, syntax.TestCall)]
        if rule.phase == "reply" or any(_speaks_of(rule.selector, call.tool) for call in calls):
            yield test


def _speaks_of(selector: syntax.Selector, called: str) -> bool:
    server, _, tool = called.rpartition("/")
    named = (selectors.names(one.text, server or None, tool) for one in selector.patterns)
    return selector.where is not None or any(named)


def still_stopped(bound: Bound) -> list[str]:
    """Return the rows whose calls fare no better once their rule is gone: more stops them.

    For any other row the rule alone makes the difference: without it the call that it refuses is
    allowed or asked about, and the one that it asks about is allowed.
    """
    tests = {test.name: test for test in bound.policy.tests}
    found, acting = [], _acting(bound)
    for row in rows(bound.policy).values():
        rest = without(acting, row.rule)
        tries = (
            [_hoping(tests[name], row.rule, effect) for name in row.stops]
            for effect in (Effect.ALLOW, Effect.ASK)
        )
        if all(red(_holding(rest, rest.policy.rules, hoping)) for hoping in tries):
            found.append(row.id)
    return found


def _hoping(test: syntax.TestBlock, rule: str, effect: Effect) -> syntax.TestBlock:
    """Return a test that hopes for `effect` where a rule refused, for allow where it asked."""
    steps = (
        replace(step, effect=effect if step.effect is Effect.DENY else Effect.ALLOW, rule=None)
        if isinstance(step, syntax.Expect) and step.rule == rule
        else step
        for step in test.steps
    )
    return replace(test, steps=tuple(steps))


def _acting(bound: Bound) -> Bound:
    """Return a policy without its rules in shadow mode: they decide nothing, and take time."""
    acting = [rule for rule in bound.policy.rules if not rule.shadow]
    return _holding(bound, acting, bound.policy.tests)


def _holding(
    bound: Bound, rules: Iterable[syntax.Rule], tests: Iterable[syntax.TestBlock]
) -> Bound:
    """Return a policy with these rules and tests alone."""
    others = (
        one
        for one in bound.policy.statements
        if not isinstance(one, syntax.Rule | syntax.TestBlock)
    )
    policy = replace(bound.policy, statements=(*others, *rules, *tests), starts=())
    return replace(bound, policy=policy)
