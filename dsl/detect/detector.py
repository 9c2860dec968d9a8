"""What a detector is, and how a text is searched with one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dsl.detect.fold import fold
from dsl.patterns import compiled

MAX_CHECKS: Final = 250

# Tells whether what a pattern matched is what the detector looks for. Never raises.
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of thing a text may hold.

    Any of the patterns matches, and the check, where there is one, holds for the match. Patterns
    have no capturing groups. A detector with parts finds what any of them finds. After `limit`
    matches that fail the check, one more counts as found: such a value is no ordinary text. Without
    `overlap`, nothing is looked for inside of a match that failed, but for its last character.
    """

    name: str
    words: str
    patterns: tuple[str, ...] = ()
    check: Check | None = None
    examples: tuple[str, ...] = ()
    parts: tuple["Detector", ...] = ()
    limit: int = MAX_CHECKS
    overlap: bool = True


def find(detector: Detector, text: str) -> bool:
    """Tell whether a text, as it stands or as a reader sees it, holds what is looked for."""
    return any(_holds(detector, form) for form in _forms(text))


def _forms(text: str) -> Iterator[bytes]:
    yield text.encode("utf-8", "replace")  # RE2 has no half surrogates
    folded = fold(text)
    if folded != text:
        yield folded.encode("utf-8", "replace")


def _holds(detector: Detector, text: bytes) -> bool:
    if any(_holds(part, text) for part in detector.parts):
        return True
    if detector.check is None:
        return bool(detector.patterns) and _matches(detector.patterns, text)
    return _checked(detector, detector.check, text)


def _matches(patterns: tuple[str, ...], text: bytes) -> bool:
    """Look for all patterns in one pass."""
    return compiled("|".join(f"(?:{one})" for one in patterns)).search(text) is not None


def _checked(detector: Detector, check: Check, text: bytes) -> bool:
    """Check the matches one after another, up to the limit."""
    for count, match in enumerate(_candidates(detector, text)):
        if count >= detector.limit or check(match):
            return True
    return False


def _candidates(detector: Detector, text: bytes) -> Iterator[str]:
    """Yield what each pattern matches, from left to right."""
    for pattern in detector.patterns:
        search = compiled(pattern).search
        match = search(text)
        while match is not None:
            yield match.group().decode("utf-8", "replace")
            after = match.start() + 1
            match = search(text, after if detector.overlap else max(after, match.end() - 1))


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
