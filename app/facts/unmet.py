"""Look-ups of policies that no source of the settings can answer."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from dsl import syntax
from dsl.errors import Finding, Source
from dsl.lint.rule import Unit
from dsl.place import located

CODE = "facts"


def unmet(
    units: Iterable[Unit], takes: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Source, Finding]]:
    """Yield the look-ups whose facts stay unknown, as the linter would."""
    for unit in units:
        if unit.policy is None:
            continue
        for start, fact in located(unit.policy, syntax.Fact):
            if fact.lookup is not None and (found := _unmet(fact.lookup, takes)) is not None:
                yield unit.source, found.moved(start)


def _unmet(lookup: syntax.LookUp, takes: Mapping[str, frozenset[str]]) -> Finding | None:
    if lookup.source not in takes:
        close = get_close_matches(lookup.source, takes, n=1)
        hint = f"did you mean `{close[0]}`?" if close else None
        words = f"no source `{lookup.source}` is set up; only a request can give this fact"
        return Finding(CODE, words, lookup.span, "warning", hint)
    wanted, given = takes[lookup.source], {name for name, _ in lookup.arguments}
    if wanted == given:
        return None
    shown = ", ".join(f"`{name}`" for name in sorted(wanted)) or "nothing"
    words = f"the source `{lookup.source}` is asked with {shown}, so this fact stays unknown"
    return Finding(CODE, words, lookup.span, "warning")
