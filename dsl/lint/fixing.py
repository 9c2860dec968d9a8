"""Writes fixes into a text: those that do not touch one another, from the top."""

from collections.abc import Iterable

from dsl.errors import Edit, Finding, Fix, Span


def chosen(findings: Iterable[Finding], *, unsafe: bool) -> list[Fix]:
    """Return the fixes to write, as many as fit beside one another.

    What is left out is found again in the text that comes of it.
    """
    taken: list[Fix] = []
    edits: set[Edit] = set()
    for finding in findings:
        fix = finding.fix
        if fix is None or not (fix.safe or unsafe):
            continue
        if not any(_touch(one, other) for one in fix.edits for other in edits):
            taken.append(fix)
            edits.update(fix.edits)
    return taken


def written(text: str, fixes: Iterable[Fix]) -> str:
    """Return the text with every edit made."""
    edits = [edit for fix in fixes for edit in fix.edits]
    for edit in sorted(edits, key=lambda one: (one.span.start, one.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _touch(one: Edit, other: Edit) -> bool:
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def without(text: str, span: Span) -> Edit:
    """Return the edit that takes a place out, with its line where nothing else stands in it."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    if not text[start : span.start].strip() and not text[span.end : end].strip():
        return Edit(Span(start, min(end + 1, len(text))), "")
    left = len(text[: span.start].rstrip(" \t"))
    return Edit(Span(left, span.end), "")
