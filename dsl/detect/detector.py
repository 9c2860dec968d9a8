"""What a detector is, and how a text is searched with one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from dsl.detect.fold import fold
from dsl.patterns import compiled

MAX_CHECKS: Final = 240
LONG: Final = 500  # a match costs one more of the checks for each of so many bytes,
MOST: Final = 40  # up to so many: one long match alone is no reason to stop

# Tells whether what a pattern matched is what the detector looks for. Never raises.
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of thing a text may hold.

    Any of the patterns matches, and the check, where there is one, holds for the match. Patterns
    have no capturing groups. A detector with parts finds what any of them finds. After `MAX_CHECKS`
    matches that fail their checks, one more counts as found: such a value is no ordinary text. Each
    counts `cost` times, by how long it takes. Any match holds one of the `hints`, which are looked
    for first where the patterns would take long together. Without `overlap`, nothing is looked for
    inside of a match that failed, but for its last character. For `spans` alone: what is found
    begins and ends with one of `ends`, or, without these, goes on behind the match for as long as
    `rest` matches.
    """

    name: str
    words: str
    patterns: tuple[str, ...] = ()
    check: Check | None = None
    examples: tuple[str, ...] = ()
    parts: tuple["Detector", ...] = ()
    cost: int = 2
    overlap: bool = True
    hints: tuple[str, ...] = ()
    ends: str = ""
    rest: str = r"[^\s\"'`<>()\[\]{},;]*"


class TooManyError(Exception):
    """More matches had to be checked than are checked."""


@dataclass(slots=True)
class Checks:
    """The checks that are left for one text."""

    left: int = MAX_CHECKS

    def take(self, count: int) -> None:
        """Take some checks, if there are so many."""
        self.left -= count
        if self.left < 0:
            raise TooManyError


def find(detector: Detector, text: str) -> bool:
    """Tell whether a text, as it stands or as a reader sees it, holds what is looked for."""
    checks = Checks()
    try:
        return any(next(places(detector, form, checks), None) for form in _forms(text))
    except TooManyError:
        return True


def encoded(text: str) -> bytes:
    """Return the bytes that are searched; RE2 has no half surrogates."""
    return text.encode("utf-8", "replace")


def _forms(text: str) -> Iterator[bytes]:
    yield encoded(text)
    folded = fold(text)
    if folded != text:
        yield encoded(folded)


def places(detector: Detector, text: bytes, checks: Checks) -> Iterator[tuple[Detector, int, int]]:
    """Yield where things stand that the detector finds, part by part, and which part."""
    if _any(_patterns(detector)).search(text) is None:
        return
    for part in detector.parts:
        yield from places(part, text, checks)
    for pattern in detector.patterns:
        for start, end in _matches(detector, compiled(pattern).search, text, checks):
            yield detector, start, end


@cache
def _patterns(detector: Detector) -> tuple[str, ...]:
    """Return the patterns of a detector and of all its parts."""
    return sum(map(_patterns, detector.parts), detector.hints or detector.patterns)


@cache
def _any(patterns: tuple[str, ...]) -> Any:
    """Join patterns, so that one pass tells whether any of them matches."""
    return compiled("|".join(f"(?:{one})" for one in patterns))


def _matches(
    detector: Detector, search: Callable[..., Any], text: bytes, checks: Checks
) -> Iterator[tuple[int, int]]:
    """Yield the matches of one pattern for which the check holds, from left to right."""
    match = search(text)
    while match is not None:
        start, end = match.span()
        holds = detector.check is None or detector.check(match.group().decode("utf-8", "replace"))
        if holds:
            yield start, end
        else:
            checks.take(detector.cost + min((end - start) // LONG, MOST))
        whole = holds or not detector.overlap
        match = search(text, max(start + 1, end - 1) if whole else start + 1)


def leading(text: str, count: int) -> str | None:
    """Return the first letters and digits of a match, if they end where a group of them ends."""
    kept: list[str] = []
    before = ""
    for one in text:
        if one.isalnum():
            if len(kept) == count:
                return None if before.isalnum() else "".join(kept)
            kept.append(one)
        before = one
    return "".join(kept) if len(kept) == count else None
