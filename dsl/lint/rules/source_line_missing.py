"""A rule names a line of a document that is not there, or is empty.

Why: the document has changed, and nobody can look up any more what the rule enforces. What was
said there may now be said otherwise.
Avoid: rule large: ask send_money when args.amount > 100 source "handbook.md" line 41;
Prefer: rule large: ask send_money when args.amount > 100 source "handbook.md" line 3;
Fix: none, the sentence that is meant is yours to find.
"""

import json
import re
from collections.abc import Iterator, Sequence

from dsl import syntax
from dsl.errors import Finding, Span
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR607", name="source-line-missing", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Look up the lines of those documents that lie beside the policy."""
    for rule in unit.reading.rules:
        if rule.source is None or rule.source.file not in unit.documents:
            continue
        name, line = rule.source.file, rule.source.line
        if (said := _says(unit.documents[name], line)) is not None:
            yield LINT_RULE.at(source_span(unit, rule), f"{said} in `{name}`")


def _says(lines: Sequence[str], line: int) -> str | None:
    if line > len(lines):
        return f"there is no line {line}"
    return None if lines[line - 1].strip() else f"nothing stands in line {line}"


def source_span(unit: Unit, rule: syntax.Rule) -> Span:
    """Return where a rule names its document: the clause has no node of its own."""
    name = json.dumps(rule.source.file if rule.source else "", ensure_ascii=False)
    clause = re.compile(rf"\bsource\s+{re.escape(name)}\s+line\s+\d+")
    found = clause.search(unit.source.text, rule.span.start, rule.span.end)
    return Span(*found.span()) if found else rule.name_span
