"""Why a policy decides as it does: each rule, each test in it, and the values that were read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsl import syntax, unknowns, walk
from dsl.evaluation import choosing, conditions, origin, values
from dsl.evaluation.leaves import leaves_of
from dsl.evaluation.opinion import Bound
from dsl.evaluation.scope import Names, Purse, Scope
from dsl.model import Effect
from dsl.sentences.rules import name_of
from dsl.show.expressions import show_expression
from dsl.types import Interval, Truth, Unknown, any_of, negate


@dataclass(frozen=True, slots=True)
class Atom:
    """A value that a test read: what it was, or why there was none, and where it was seen."""

    text: str
    value: Any
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One test of a condition, and how it came out."""

    text: str
    truth: Truth
    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class RuleStory:
    """One rule: whether it applied to the call, and how it can become unknown."""

    rule: syntax.Rule
    applied: Truth | None
    tests: tuple[Told, ...]
    unknown_when: tuple[str, ...]
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class PolicyStory:
    """One policy: the rules that speak of the call's tool, and what holds where none applies."""

    name: str
    default: Effect | None
    default_written: bool
    rules: tuple[RuleStory, ...]


def explain(bound: Bound, case: Scope) -> PolicyStory:
    """Tell how each rule that speaks of a call's tool came out."""
    rules = [
        rule
        for rule in bound.policy.rules
        if rule.phase == "call"
        and choosing.chooses(rule, _scope(bound, case, rule), bound.tools) is not False
    ]
    return _story(bound, [_of_call(bound, case, rule) for rule in rules])


def describe(bound: Bound) -> PolicyStory:
    """Tell what can be told of a policy without a call."""
    return _story(
        bound,
        [
            RuleStory(rule, None, (), tuple(unknowns.causes(rule.condition, bound.names)))
            for rule in bound.policy.rules
        ],
    )


def _story(bound: Bound, rules: list[RuleStory]) -> PolicyStory:
    written = bound.policy.default
    default = None if bound.policy.is_overlay else written.effect if written else Effect.DENY
    return PolicyStory(bound.policy.name, default, written is not None, tuple(rules))


def _scope(bound: Bound, case: Scope, rule: syntax.Rule) -> Scope:
    return Scope(
        case.call,
        case.now,
        bound.names_in(rule),
        case.state,
        case.content,
        rule.effect,
        purse=Purse(),
    )


def _of_call(bound: Bound, case: Scope, rule: syntax.Rule) -> RuleStory:
    tests = tuple(
        Told(
            ("not " if turned else "") + _shown(test, bound.names_in(rule)),
            _told(conditions.evaluate(test, _scope(bound, case, rule)), turned=turned),
            tuple(_atoms(_meant(test, bound.names_in(rule)) or test, _scope(bound, case, rule))),
        )
        for test, turned in walk.turned_tests(rule.condition)
    )
    applied = choosing.applies(rule, _scope(bound, case, rule), bound.tools)
    causes = unknowns.causes(rule.condition, bound.names)
    stands = choosing.in_force(rule.valid, _scope(bound, case, rule))
    return RuleStory(rule, applied, tests, tuple(causes), stands)


def _meant(test: syntax.Test, names: Names) -> syntax.Condition | None:
    """Return the rule that a declared sentence means."""
    return names.meant.get(name_of(test)) if isinstance(test, syntax.Judged) else None


def _shown(test: syntax.Test, names: Names) -> str:
    meant = _meant(test, names)
    shown = show_expression(test)
    return shown if meant is None else f"{shown}, which means {show_expression(meant)}"


def _told(truth: Truth, *, turned: bool) -> Truth:
    return negate(truth) if turned else truth


def _atoms(test: syntax.Condition, scope: Scope) -> Iterator[Atom]:
    """Yield the values a test rests on: those that are not bound inside of it."""
    bound = {one.variable for one in walk.nodes(test, syntax.Quantifier)}
    bound |= {one.variable for one in walk.nodes(test, syntax.Aggregate)} | {"past", "record"}
    read: list[syntax.Path | syntax.Past] = [
        *walk.nodes(test, syntax.Path),
        *walk.nodes(test, syntax.Past),
    ]
    shown: set[str] = set()
    for node in read:
        text = show_expression(node).rstrip("?")
        if text in shown or (isinstance(node, syntax.Path) and node.root in bound):
            continue
        shown.add(text)
        value = values.evaluate(node, scope)
        yield Atom(text, value, tuple(_origins(node, value, scope)))


def _origins(node: syntax.Operand, value: Any, scope: Scope) -> Iterator[str]:
    """Yield the levels at which a value of the call was seen."""
    if not isinstance(node, syntax.Path) or node.root != "args":
        return
    if isinstance(value, Unknown | Interval):
        return
    leaves = leaves_of(node, value, scope)
    if isinstance(leaves, Unknown):
        return
    found = [scope.state.origins(scope.names.policy, one.value, one.kind, one.at) for one in leaves]
    known = [one for one in found if not isinstance(one, Unknown)]
    if not known or len(known) < len(found):
        return
    seen = [
        level
        for level in origin.LEVELS
        if any_of(one.levels.get(level, False) for one in known) is True
    ]
    open_ = any(isinstance(truth, Unknown) for one in known for truth in one.levels.values())
    yield from seen or ([] if open_ else ["nowhere"])  # nothing is said where it is not known
