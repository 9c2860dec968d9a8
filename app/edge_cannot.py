"""Rules that can never be answered, since no key may tell what they ask for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from dsl.errors import Finding, Source
from dsl.lint.needs import Need, Told, needs
from dsl.lint.rule import Unit
from dsl.model import Effect
from memory.keys import Scope

CODE: Final = "edge_cannot"
_SCOPES: Final[Mapping[Told, Scope]] = {
    "user words": Scope.OBSERVE_USER,
    "results": Scope.OBSERVE,
    "replies": Scope.OBSERVE,
}


def edge_cannot(
    units: Sequence[Unit], scopes: Collection[Scope]
) -> Iterator[tuple[Source, Finding]]:
    """Yield each rule that needs to be told something which no key in use may tell."""
    for unit in units:
        effects = {rule.name: rule.effect for rule in unit.policy.rules} if unit.policy else {}
        for need in needs(unit):
            if _SCOPES[need.told] not in scopes:
                yield unit.source, _finding(need, effects[need.rule])


def _finding(need: Need, effect: Effect) -> Finding:
    lacks = f"no key may send them (`{_SCOPES[need.told]}`)"
    message = f"`{need.rule}` needs {need.told}, and {lacks}: {_then(need, effect)}"
    return Finding(CODE, message, need.span, "warning")


def _then(need: Need, effect: Effect) -> str:
    """Say what such a rule does."""
    if need.told == "replies":
        return "it is never asked"
    return "it never allows" if effect is Effect.ALLOW else "it applies by unknown"
