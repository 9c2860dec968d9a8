"""What the rules of a policy need to be told: by whom, only the gateway knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dsl import syntax, walk
from dsl.errors import Span
from dsl.lint.reading import Reading
from dsl.lint.rule import Unit
from dsl.place import placed
from dsl.sentences.rules import Meanings, conditions, meanings_in

Told = Literal["user words", "results", "replies"]


@dataclass(frozen=True, slots=True)
class Need:
    """One rule, and what must be told for it to be answered."""

    rule: str
    told: Told
    span: Span


def needs(unit: Unit) -> list[Need]:
    """Return what each rule of a policy needs, each thing once a rule."""
    if unit.policy is None or not _may_need(unit.policy):
        return []
    policy = placed(unit.policy)
    reading = Reading(policy, unit.tools)
    meant = meanings_in(policy, reading)
    found = [
        Need(rule.name, told, rule.name_span)
        for rule in policy.rules
        for told in dict.fromkeys(_told(rule, reading, meant))
    ]
    return sorted(found, key=lambda one: one.span.start)


def _may_need(policy: syntax.Policy) -> bool:
    """Tell whether anything in a policy could need to be told: of most there is nothing."""
    if any(rule.phase != "call" for rule in policy.rules):
        return True
    nodes = walk.nodes(policy, syntax.Node)
    return any(isinstance(node, syntax.Judged) or any(_of(node)) for node in nodes)


def _told(rule: syntax.Rule, reading: Reading, meant: Meanings) -> Iterator[Told]:
    if rule.phase == "result":
        yield "results"
    elif rule.phase == "reply":
        yield "replies"
    own = {rule.name: meant[rule.name]} if rule.name in meant else {}
    read = (rule.condition, rule.transforms, *conditions(own))
    for node in reading.nodes(read, syntax.Node):
        yield from _of(node)


def _of(node: syntax.Node) -> Iterator[Told]:
    """Return what must be told for one question; calls alone are known without being told."""
    match node:
        case syntax.From(_, origins, only):
            names = {one.name for one in origins if isinstance(one, syntax.Level)}
            if only or names & {"user", "nowhere"}:
                yield "user words"
            if names != {"user"} or only or len(names) < len(origins):
                yield "results"
        case syntax.UserSaid() | syntax.CallOf("user_delegated") | syntax.Past("in_turn"):
            yield "user words"
        case syntax.Has() | syntax.CallOf("directed"):
            yield "results"
        case syntax.Path("past", ("result", *_)):
            yield "results"
        case syntax.FieldOf(syntax.Past(), ("result", *_)):
            yield "results"
