"""Where in a text the things stand that a detector finds, so that they can be taken out."""

from collections.abc import Iterator
from typing import Final

from dsl.detect.detector import Checks, Detector, TooManyError, encoded, find, places
from dsl.patterns import compiled

BLANK: Final = "[redacted]"
_ALL: Final = bytes(range(256))
_EDGES: Final = b" \t\r\n\"'`<>()[]{},;"  # taken along by patterns that look at what stands beside


def spans(detector: Detector, text: str) -> list[tuple[int, int]] | None:
    """Return the ranges of code points of all that is found in a text, in order and apart.

    None where the detector finds something that cannot be placed: only the folded text holds it, or
    more matches had to be checked than are checked. The whole text is to be taken out then.
    """
    if not find(detector, text):
        return []
    searched = encoded(text)
    try:
        found = list(places(detector, searched, Checks()))
    except TooManyError:
        return None
    ranges = _characters(searched, _merged(_reaching(searched, found)))
    # What is left is looked at again: it may be found in the folded text, or by what is now beside.
    return None if find(detector, without(text, ranges)) else ranges


def without(text: str, ranges: list[tuple[int, int]]) -> str:
    """Replace some ranges of a text."""
    kept, at = [], 0
    for start, end in ranges:
        kept += [text[at:start], BLANK]
        at = end
    return "".join([*kept, text[at:]])


def _reaching(text: bytes, found: list[tuple[Detector, int, int]]) -> Iterator[tuple[int, int]]:
    """Go on behind each match to the end of what was found, once for matches within each other."""
    reached: dict[str, int] = {}
    for part, begin, stop in sorted(found, key=lambda place: place[1:]):
        start, end = _trimmed(text, part, begin, stop)
        if not part.ends and end >= reached.get(part.rest, 0):
            further = compiled(part.rest).match(text, end)
            end = reached[part.rest] = further.end() if further else end
        yield start, end


def _trimmed(text: bytes, detector: Detector, start: int, end: int) -> tuple[int, int]:
    """Leave out the edges of a match."""
    match = text[start:end]
    edges = _ALL.translate(None, detector.ends.encode()) if detector.ends else _EDGES
    return end - len(match.lstrip(edges)), start + len(match.rstrip(edges))


def _merged(ranges: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _characters(text: bytes, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Tell ranges of bytes in code points."""
    found, byte, character = [], 0, 0
    for pair in ranges:
        places = []
        for place in pair:
            character += len(text[byte:place].decode("utf-8", "ignore"))
            byte = place
            places.append(character)
        found.append((places[0], places[1]))
    return found
