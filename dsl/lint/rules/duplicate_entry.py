"""The same entry stands twice in one list: of values, tools, origins or tests.

Why: whoever takes one of them out believes that it is gone.
Avoid: rule reads: allow read_file, list_files, read_file;
Prefer: rule reads: allow read_file, list_files;
Fix: safe, takes the second one out, as it says nothing new.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dsl import syntax
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR606", name="duplicate-entry", level="info", since="0.1")
_JOINT: Final = re.compile(r"\s*(?:,|\band\b|\bor\b)\s*")


def check(unit: Unit) -> Iterator[Finding]:
    """Find second entries, in lists that are only looked into."""
    for node in unit.nodes(syntax.Node):
        match node:
            case syntax.Membership(_, syntax.ListOf(items)):
                yield from _second(unit, items)
            case syntax.Let(name, syntax.ListOf(items)) if found := list(_second(unit, items)):
                yield from found if name in _looked_into(unit) else ()
            case syntax.Selector(patterns, excluded):
                yield from _second(unit, patterns)
                yield from _second(unit, excluded)
            case syntax.From(_, origins):
                yield from _second(unit, origins)
            case syntax.And(parts) | syntax.Or(parts):
                yield from _second(unit, parts)


def _looked_into(unit: Unit) -> set[str]:
    """Return the names that stand behind `in` alone: to sum or count, an entry may stand twice."""
    paths = {id(path): path.root for path in unit.nodes(syntax.Path)}
    behind = {id(test.right) for test in unit.nodes(syntax.Membership)}
    elsewhere = {root for place, root in paths.items() if place not in behind}
    return {root for place, root in paths.items() if place in behind} - elsewhere


def _second(unit: Unit, entries: Sequence[syntax.Node]) -> Iterator[Finding]:
    seen = set[str]()
    for before, entry in zip((None, *entries), entries, strict=False):
        form = repr(entry)  # as text, since 1 and `true` are equal numbers
        if form in seen and before is not None:
            written = " ".join(unit.source.text[entry.span.start : entry.span.end].split())
            fix = _without(unit, before, entry)
            yield LINT_RULE.at(entry.span, f"`{written}` stands here twice", "remove it", fix)
        seen.add(form)


def _without(unit: Unit, before: syntax.Node, entry: syntax.Node) -> Fix | None:
    """Return the fix, where nothing but a joint stands between the two."""
    between = unit.source.text[before.span.end : entry.span.start]
    if not _JOINT.fullmatch(between):
        return None
    return Fix((Edit(Span(before.span.end, entry.span.end), ""),), safe=True)
