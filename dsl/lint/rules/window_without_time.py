"""A rule counts what was called in all of the session, and its words speak of a time.

Why: without `within` the whole session counts, be it a minute long or a month. Who opens another
session starts at nothing again, and a long one stops working.
Avoid: rule hourly: deny send_money when count(send_money) >= 5 because "at most 5 an hour";
Prefer: rule hourly: deny send_money when count(send_money within 1h) >= 5;
Fix: none, the time that is meant is yours to write.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR411", name="window-without-time", level="info", since="0.1")
_UNIT: Final = r"(?:minute|hour|day|week|month)"
_TIME: Final = re.compile(
    rf"\b(?:(?:per|each|every) {_UNIT}|\d+ \w* ?(?:a|an) {_UNIT}|hourly|daily|weekly|monthly)\b"
    rf"|\bwithin (?:the last )?\d+ {_UNIT}s\b",
    re.IGNORECASE,
)


def check(unit: Unit) -> Iterator[Finding]:
    """Find counts and sums without a time, in rules whose name or words speak of one."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    for rule in unit.reading.rules:
        asked = list(unit.reading.nodes(rule.condition, syntax.Past))
        counts = [one for one in asked if one.name in ("count", "sum")]
        if not counts or any(one.window.within for one in asked):
            continue
        words = [rule.name.replace("_", " "), rule.because or "", rule.reply or ""]
        said = next((match.group() for match in map(_TIME.search, words) if match), None)
        if said is not None:
            message = f"this counts all of the session, and `{rule.name}` says `{said}`"
            yield LINT_RULE.at(counts[0].span, message, "write `within` and the time")
