"""Two rules name one document in two spellings.

Why: who asks which rules enforce a document finds those of one spelling, and takes the sentences
of the others for forgotten.
Avoid: rule a: deny run source "rules.md" line 1; rule b: deny fetch source "./Rules.md" line 3;
Prefer: rule a: deny run source "rules.md" line 1; rule b: deny fetch source "rules.md" line 3;
Fix: none, which of the two is right is a guess.
"""

from collections import Counter
from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.source_line_missing import source_span

LINT_RULE = LintRule(code="BAR608", name="source-spelling", level="info", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find names that are the same but for case, and for how the folder is written."""
    names = [rule.source.file for rule in unit.reading.rules if rule.source]
    usual: dict[str, str] = {}
    for name, _ in Counter(names).most_common():
        usual.setdefault(_form(name), name)
    for rule in unit.reading.rules:
        if rule.source and (other := usual[_form(rule.source.file)]) != rule.source.file:
            message = f"other rules write `{other}` for this document"
            yield LINT_RULE.at(source_span(unit, rule), message)


def _form(name: str) -> str:
    parts = name.strip().replace("\\", "/").casefold().split("/")
    return "/".join(part for part in parts if part not in ("", "."))
