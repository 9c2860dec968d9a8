"""Suppressions: `# lint: ignore BAR401 because REASON`, above a statement or behind it."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dsl.errors import Finding, Fix, Source, Span
from dsl.lint.fixing import without
from dsl.lint.rules.suppression_without_reason import LINT_RULE as NO_REASON
from dsl.lint.rules.unused_suppression import LINT_RULE as UNUSED
from dsl.split import Piece, comments, split

_NEVER: Final = ("BAR0", "BAR1", "BAR2")
# With one of these nothing is said of risk, so what a suppression is for may only be hidden.
_BROKEN: Final = ("BAR101", "BAR102", "BAR105", "BAR107", "BAR108", "BAR109", "BAR201")

_MARK: Final = "lint:"
_IGNORE = re.compile(r"#\s*lint:\s*ignore\b\s*(?P<code>BAR\d+)?(?:\s+because\s+(?P<reason>\S.*))?")


@dataclass(frozen=True, slots=True)
class _Suppression:
    code: str
    where: Span
    covers: Span


def apply(source: Source, findings: list[Finding]) -> list[Finding]:
    """Take suppressed findings out, and report suppressions that are not in order."""
    kept, used = list(findings), set()
    suppressions = []
    for one in _read(source):
        if isinstance(one, Finding):
            kept.append(one)
        else:
            suppressions.append(one)
    for one in suppressions:
        hit = [f for f in kept if f.code == one.code and _covers(one.covers, f.span)]
        used |= {one} if hit else set()
        kept = [f for f in kept if f not in hit]
    broken = any(finding.code in _BROKEN for finding in findings)
    for one in suppressions:
        if one not in used and not broken:
            fix = Fix((without(source.text, one.where),), safe=True)
            message = f"nothing here is reported as {one.code}"
            kept.append(UNUSED.at(one.where, message, "remove the comment", fix))
    return kept


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start < outer.end


def _read(source: Source) -> Iterator[_Suppression | Finding]:
    if _MARK not in source.text:  # most texts suppress nothing
        return
    pieces = split(source.text)[0]
    for comment in comments(source.text):
        match = _IGNORE.match(comment.group())
        if match is None:
            continue
        where = Span(*comment.span())
        code, reason = match["code"], match["reason"]
        if not code or not reason or code.startswith(_NEVER):
            yield _out_of_order(where, code)
            continue
        yield _Suppression(code, where, _covered(source.text, pieces, where))


def _covered(text: str, pieces: list[Piece], where: Span) -> Span:
    """Return the statement a comment stands behind, within or above; at the end there is none."""
    index = bisect_right(pieces, where.start, key=lambda piece: piece.span.end)
    if index and "\n" not in text[pieces[index - 1].span.end : where.start]:
        return pieces[index - 1].span
    return pieces[index].span if index < len(pieces) else Span(where.start, where.start)


def _out_of_order(where: Span, code: str | None) -> Finding:
    hint = "write `# lint: ignore BAR401 because ...` with the code and your reason"
    if code and code.startswith(_NEVER):
        return NO_REASON.at(where, f"{code} cannot be suppressed: mend what it reports")
    return NO_REASON.at(where, "a suppression needs a code and a reason", hint)
