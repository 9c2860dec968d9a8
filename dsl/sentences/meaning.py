"""The rule that a declared sentence means, or why it means none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from dsl import syntax
from dsl.lint.reading import Reading
from dsl.sentences import doing, slots, texts
from dsl.sentences.kinds import KINDS, Slot
from dsl.sentences.reading import Unread, force, read
from dsl.sentences.slots import Asked, Meant
from dsl.sentences.world import World

_READERS: Final[Mapping[Slot, Callable[[Asked], Meant]]] = {
    "number": slots.number,
    "length": slots.length,
    "values": slots.values,
    "one value": slots.value,
    "domains": texts.domains,
    "folder": texts.folder,
    "tools": doing.tools,
    "readers": doing.readers,
    "earlier": doing.earlier,
    "often": doing.often,
    "approval": doing.approval,
    "approved number": doing.approved_number,
    "origin": texts.origin,
    "words": texts.words,
    "text": texts.text,
    "days": texts.days,
    "fact": doing.fact,
    "switch": texts.switch,
    "data": texts.data,
    "label": texts.label,
}


@dataclass(frozen=True, slots=True)
class NotMeant:
    """A declared sentence that means no rule of its kind, and why."""

    why: str


def is_declared(judged: syntax.Judged) -> bool:
    """Tell whether a sentence was declared as one of the kinds that code decides."""
    return judged.name == "judge" and judged.kind in KINDS


def meaning(
    judged: syntax.Judged, rule: syntax.Rule, policy: syntax.Policy, reading: Reading
) -> Meant | NotMeant:
    """Return the rule that a declared sentence means as part of a rule on some tools."""
    kind = KINDS[str(judged.kind)]
    if rule.phase != "call":
        return NotMeant("it stands in a rule on what comes out of a call")
    world = World(rule, policy, reading)
    if not world.tools:
        return NotMeant("no tools file declares the rule's tools")
    if policy.is_overlay and not world.is_declared:
        return NotMeant("its overlay takes in calls of tools that no tools file of it declares")
    try:
        sentence = read(judged.text, kind, world)
        said = force(sentence, kind, judged.polarity)
        return _READERS[kind.slot](Asked(sentence, kind, world, said == "forbids"))
    except Unread as error:
        return NotMeant(str(error))
