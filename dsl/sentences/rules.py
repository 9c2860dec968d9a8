"""The meanings of all declared sentences of a policy, by rule."""

from collections.abc import Iterator, Mapping
from typing import Final

from dsl import syntax
from dsl.lint.reading import Reading
from dsl.sentences.meaning import NotMeant, is_declared, meaning
from dsl.sentences.slots import Meant
from dsl.toolspec import Tools

Named = tuple[str, str | None, str | None]
Meanings = Mapping[str, Mapping[Named, Meant | NotMeant]]
NONE: Final[Meanings] = {}


def name_of(judged: syntax.Judged) -> Named:
    """Return what tells declared sentences of one rule apart."""
    return judged.text, judged.kind, judged.polarity


def meanings(policy: syntax.Policy, tools: Tools | None) -> Meanings:
    """Return what each declared sentence of each rule means."""
    return meanings_in(policy, Reading(policy, tools))


def meanings_in(policy: syntax.Policy, reading: Reading) -> Meanings:
    """Return what each declared sentence means, where a policy was looked at already."""
    asked = reading.names.judgements  # of most policies nothing
    rules = (rule for rule in policy.rules if rule.name in asked)
    found = {rule.name: dict(_of(rule, policy, reading)) for rule in rules}
    return {name: each for name, each in found.items() if each}


def conditions(found: Meanings) -> Iterator[syntax.Condition]:
    """Yield the rules that sentences mean: what they read is read by the policy."""
    for each in found.values():
        yield from (one.condition for one in each.values() if isinstance(one, Meant))


def _of(
    rule: syntax.Rule, policy: syntax.Policy, reading: Reading
) -> Iterator[tuple[Named, Meant | NotMeant]]:
    for judged in reading.nodes(rule.condition, syntax.Judged):
        if is_declared(judged):
            yield name_of(judged), meaning(judged, rule, policy, reading)
