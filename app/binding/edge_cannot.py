"""Rules that can never be answered, since no key may tell what they ask for."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from app.binding.bindings import EDGE_NAMES
from dsl.errors import Finding, Source
from dsl.lint.needs import Need, Told, needs
from dsl.lint.rule import Unit
from dsl.model import Effect
from memory.keys import Scope

CODE: Final = "edge_cannot"
# Which scope a key needs to tell something at an edge; None: the edge sees it by itself.
WAYS: Final[Mapping[str, Mapping[Told, Scope | None]]] = {
    "http": {
        "user words": Scope.OBSERVE_USER,
        "results": Scope.OBSERVE,
        "replies": Scope.OBSERVE,
    },
    "mcp": {"user words": Scope.OBSERVE_USER, "results": None, "replies": Scope.OBSERVE},
}


def everywhere(_policy: str) -> Sequence[str]:
    """Return all edges: a policy that no binding names judges at each."""
    return EDGE_NAMES


def edge_cannot(
    units: Sequence[Unit],
    scopes: Collection[Scope],
    bound_at: Callable[[str], Sequence[str]] = everywhere,
) -> Iterator[tuple[Source, Finding]]:
    """Yield each rule that needs to be told something which no key may tell where it is bound."""
    for unit in (unit for unit in units if unit.policy is not None):
        effects = {rule.name: rule.effect for rule in unit.policy.rules} if unit.policy else {}
        edges = bound_at(unit.policy.name) if unit.policy else ()
        for need in needs(unit):
            ways = [way for edge in edges if (way := WAYS[edge][need.told]) is not None]
            if lacking := next((way for way in ways if way not in scopes), None):
                yield unit.source, _finding(need, effects[need.rule], lacking)


def _finding(need: Need, effect: Effect, scope: Scope) -> Finding:
    lacks = f"no key may send them (`{scope}`)"
    message = f"`{need.rule}` needs {need.told}, and {lacks}: {_then(need, effect)}"
    return Finding(CODE, message, need.span, "warning")


def _then(need: Need, effect: Effect) -> str:
    """Say what such a rule does."""
    if need.told == "replies":
        return "it is never asked"
    return "it never allows" if effect is Effect.ALLOW else "it applies by unknown"
