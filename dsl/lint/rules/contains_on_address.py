"""A text test on a URL, a host or an e-mail address does not test where it leads.

Why: `contains "corp.com"` also accepts `https://evil.example/?q=corp.com`, and `ends_with
"corp.com"` also accepts `eve@evilcorp.com`. `host` and `domain` read the address as programs do.
Avoid: rule open: allow fetch when args.url starts_with "https://corp.com";
Prefer: rule open: allow fetch when host(args.url) == "corp.com";
Fix: none, the intended host is a guess.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Bound, Reading, schema_at
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR501", name="contains-on-address", level="error", since="0.1")
_KINDS: Final = {
    **dict.fromkeys(("url", "uri", "iri", "uri-reference", "iri-reference"), "url"),
    **dict.fromkeys(("email", "idn-email"), "email"),
    **dict.fromkeys(("host", "hostname", "idn-hostname"), "host"),
}
_HELP: Final = {
    "url": "compare `host(...)`, or end the text with the slash behind the host",
    "email": 'compare `domain(...)`, or write `ends_with "@..."`',
    "host": 'compare with `==`, or write `like "*...."` with a dot behind the star',
}
_HOST: Final = (
    r"(?:[a-z0-9-]+\.)+"
    r"(?:com|org|net|edu|gov|mil|int|io|dev|cloud|info|biz|co|uk|de|eu|fr|nl|at|it|es|us"
    r"|example|test|local|internal|corp)"
)
# What misleads, by kind and operator; all else may be meant as it is written.
_WRONG: Final = {
    ("url", "contains"): rf"(?:[a-z][a-z0-9+.-]*:)?(?://)?@?\.?{_HOST}(?:[/:].*)?",
    ("url", "starts_with"): rf"[a-z][a-z0-9+.-]*://[^/?#]+|{_HOST}",
    ("url", "ends_with"): rf"(?:[a-z][a-z0-9+.-]*://)?\.?{_HOST}",
    ("email", "contains"): rf"[^@]*@?\.?{_HOST}",
    ("email", "starts_with"): rf"[^@]*@{_HOST}",
    ("email", "ends_with"): _HOST,
    ("host", "contains"): rf"\.?{_HOST}",
    ("host", "starts_with"): _HOST,
    ("host", "ends_with"): _HOST,
}


def check(unit: Unit) -> Iterator[Finding]:
    """Find tests for a host or domain in texts that are addresses."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            match one.test:
                case syntax.TextMatch(left, operator, syntax.Constant(str() as text)):
                    kind = _kind(reading, rule, left, one.bound)
                    wrong = _WRONG.get((kind or "", operator))
                    if kind and wrong and re.fullmatch(wrong, text, re.IGNORECASE):
                        message = f'`{operator} "{text}"` does not test where this leads'
                        yield LINT_RULE.at(one.test.span, message, _HELP[kind])


def _kind(reading: Reading, rule: syntax.Rule, left: syntax.Operand, bound: Bound) -> str | None:
    while isinstance(left, syntax.CallOf) and left.name in ("lower", "trim", "nfkc"):
        left = left.arguments[0]
    place = reading.place(left, bound)
    if place is None:
        return None
    formats = [schema_at(tool, place).get("format") for tool in reading.tools(rule)]
    named = [reading.kind(rule, place), *formats]
    return next((_KINDS[one] for one in named if isinstance(one, str) and one in _KINDS), None)
