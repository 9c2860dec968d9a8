"""Reads many texts at once, as `dsl.session.reading` reads one, into columns instead of objects.

The texts are joined by a sign that no text and no value can hold, and nothing is ever found across
it: the same finders find the same, in less time. A test holds both ways against each other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dsl.canonical import number, path
from dsl.session import accounts, addresses, amounts, moments, words
from dsl.session.reading import NO_ID
from dsl.session.spans import Taken
from dsl.session.words import _POSSESSIVE as POSSESSIVE
from dsl.session.words import _WORD as WORD

BREAK: Final = "\ud800"  # half of a character: `words.visible` leaves none in a text
_JOINT: Final = f"\n{BREAK}\n"
_ADDRESSES: Final = ("url", "email")
_POSSESSIVES: Final = (POSSESSIVE, POSSESSIVE.upper())


@dataclass(slots=True)
class Columns:
    """What stands in some texts: values by kind and form, and their words, one column each.

    `breaks` are the places of the signs between two texts. `values` are the places of words that
    lie in one value, from the first to behind the last, and whether it is also looked for by these.
    """

    strong: set[tuple[str, str]]
    weak: set[tuple[str, str]]
    folded: list[str]
    exact: list[str]
    breaks: list[int]
    values: list[tuple[int, int, bool]]


def read(texts: Sequence[str]) -> tuple[Columns, bool]:
    """Read texts; tell whether nobody can read one of them."""
    seen = [words.visible(text) for text in texts]
    readable = [words.both(one) for one in seen if one is not None]
    return _columns(_JOINT.join(readable)), len(readable) < len(texts)


def _columns(text: str) -> Columns:
    taken = Taken(text)
    for find in (addresses.find, accounts.find, moments.find, amounts.find):
        find(taken)
    spans = sorted(taken.spans)
    written, starts, ends = _cut(text, [(one[0], one[1]) for one in spans if one[2] in _ADDRESSES])
    values = [_value(span, starts, ends) for span in spans]
    folded = [one.casefold() for one in written]
    exact = written
    if "/" in text:
        exact = [(path.canonical(one) or one) if "/" in one else one for one in written]
    strong = {
        (one.kind, one.form) for one in taken.mentions if one.form is not None and not one.weak
    }
    weak = {(one.kind, one.form) for one in taken.mentions if one.form is not None and one.weak}
    told = {one.end for one in taken.mentions if one.kind == "number"}
    strong.update(("number", form) for form in _bare(folded, ends, values, told))
    breaks = [at for at, one in enumerate(written) if one == BREAK] if BREAK in text else []
    return Columns(strong, weak, folded, exact, breaks, [one for one in values if one[0] < one[1]])


def _cut(text: str, whole: Sequence[tuple[int, int]]) -> tuple[list[str], list[int], list[int]]:
    """Return the words of a text with where they begin and end; addresses are one word each."""
    written: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for start, end in (*whole, (len(text), len(text))):
        found = list(WORD.finditer(text, at, start))
        written += [one[0] for one in found]
        spans += [one.span() for one in found]
        if start < end:
            written.append(text[start:end])
            spans.append((start, end))
        at = end
    _tell_names(written, spans, frozenset(whole))
    return written, [one[0] for one in spans], [one[1] for one in spans]


def _tell_names(
    written: list[str], spans: list[tuple[int, int]], whole: frozenset[tuple[int, int]]
) -> None:
    """Make two words of a name and its possessive."""
    for at in reversed([at for at, one in enumerate(written) if one.endswith(_POSSESSIVES)]):
        name, (start, end) = written[at][: -len(POSSESSIVE)], spans[at]
        if name and (start, end) not in whole:
            behind = start + len(name)
            written[at : at + 1] = [name, written[at][len(name) :]]
            spans[at : at + 1] = [(start, behind), (behind, end)]


def _value(
    span: tuple[int, int, str], starts: Sequence[int], ends: Sequence[int]
) -> tuple[int, int, bool]:
    """Return which words lie in a value, and whether these are all of it and it may be an id."""
    start, end, kind = span
    first, last = bisect_left(starts, start), bisect_right(ends, end)
    whole = first < last and starts[first] == start and ends[last - 1] == end
    return first, last, whole and kind not in NO_ID


def _bare(
    folded: Sequence[str],
    ends: Sequence[int],
    values: Sequence[tuple[int, int, bool]],
    told: set[int],
) -> Iterator[str]:
    """Yield the whole numbers that stand for themselves."""
    within = {at for first, last, _ in values for at in range(first, last)}
    bare = {
        one
        for at, one in enumerate(folded)
        if one.isdecimal() and one.isascii() and ends[at] not in told and at not in within
    }
    for one in bare:
        if form := number.canonical(one):
            yield form
