"""The scores that rules rest on: to decide by them, or in shadow alone."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from dsl import syntax, walk
from dsl.evaluation.identity import Same
from dsl.evaluation.opinion import Bound
from dsl.lint.reading import Reading

Name = tuple[str, str, str | None, str | None]


def name_of(judged: syntax.Judged) -> Name:
    """Return what tells scores apart."""
    return judged.name, judged.text, judged.kind, judged.polarity


def decisive(bound: Sequence[Bound]) -> frozenset[Name]:
    """Return the scores that rules in force rest on: one that shadow rules share is one."""
    return _united(_decisive(Same(one.policy)) for one in bound)


def heard_by(bound: Sequence[Bound]) -> frozenset[Name]:
    """Return the scores that guards are asked for.

    Nobody reads those of rules in shadow that stand for one session only.
    """
    return decisive(bound) | _united(_all(Same(one.policy)) for one in bound if one.published)


@lru_cache(maxsize=1 << 10)
def _decisive(policy: Same) -> frozenset[Name]:
    tree: syntax.Policy = policy.one
    reading = Reading(tree, None)
    conditions = [one.condition for one in tree.rules if not one.shadow]
    scores = (one for tree in conditions for one in reading.nodes(tree, syntax.Judged))
    return frozenset(map(name_of, scores))


@lru_cache(maxsize=1 << 10)
def _all(policy: Same) -> frozenset[Name]:
    return frozenset(map(name_of, walk.nodes(policy.one, syntax.Judged)))


def _united(names: Iterable[frozenset[Name]]) -> frozenset[Name]:
    return frozenset[Name]().union(*names)
