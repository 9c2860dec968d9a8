"""Reads many texts at once, as `dsl.session.reading` reads one, into columns instead of objects.

The texts are joined by a sign that no text and no value can hold, and nothing is ever found across
it: the same finders find the same, in less time. A test holds both ways against each other.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dsl.canonical import number, path
from dsl.session import words
from dsl.session.reading import NO_ID
from dsl.session.words import POSSESSIVE, WORD
from memory.sessions.index import finding
from memory.sessions.index.finding import Found

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
    found = finding.find(text)
    cut = Cut(text, found)
    told = [(one.kind, one.form, one.weak) for one in found.mentions if one.form is not None]
    strong = {(kind, form) for kind, form, is_weak in told if not is_weak}
    weak = {(kind, form) for kind, form, is_weak in told if is_weak}
    strong.update(("number", form) for form in _bare(cut, found))
    exact = cut.words
    if "/" in text:
        exact = [(path.canonical(one) or one) if "/" in one else one for one in exact]
    breaks = [at for at, one in enumerate(exact) if one == BREAK] if BREAK in text else []
    return Columns(strong, weak, [*map(str.casefold, cut.words)], exact, breaks, cut.values)


class Cut:
    """The words of a text; of those beside values and numbers, also where they stand.

    `near` are these: the place in the column, and where the word begins and ends in the text.
    `values` are places in the column: from the first word of a value to behind the last.
    """

    def __init__(self, text: str, found: Found) -> None:
        self.words: list[str] = []
        self.near: list[tuple[int, int, int]] = []
        addresses = [(start, end) for start, end, kind in found.spans if kind in _ADDRESSES]
        addresses.sort(reverse=True)
        behind = 0
        for start, end in finding.places(text, found):
            self._add(WORD.findall(text, behind, start))
            at = start
            while addresses and addresses[-1][1] <= end:
                first, last = addresses.pop()
                self._add_near(WORD.finditer(text, at, first))
                self._note(text[first:last], first)
                at = last
            self._add_near(WORD.finditer(text, at, end))
            behind = end
        self._add(WORD.findall(text, behind))
        self.values = list(self._values(found))

    def _add(self, words: list[str]) -> None:
        """Add words; a name and its possessive are two."""
        for at in reversed([at for at, one in enumerate(words) if one.endswith(_POSSESSIVES)]):
            name = words[at][: -len(POSSESSIVE)]
            if name:
                words[at : at + 1] = [name, words[at][len(name) :]]
        self.words += words

    def _add_near(self, matches: Iterator[re.Match[str]]) -> None:
        for match in matches:
            word, start = match[0], match.start()
            name = word[: -len(POSSESSIVE)]
            if name and word.endswith(_POSSESSIVES):
                self._note(name, start)
                self._note(word[len(name) :], start + len(name))
            else:
                self._note(word, start)

    def _note(self, word: str, start: int) -> None:
        self.near.append((len(self.words), start, start + len(word)))
        self.words.append(word)

    def _values(self, found: Found) -> Iterator[tuple[int, int, bool]]:
        """Yield which words lie in each value, and whether it is also looked for by its words."""
        starts, ends = [one[1] for one in self.near], [one[2] for one in self.near]
        for start, end, kind in sorted(found.spans):
            first, last = bisect_left(starts, start), bisect_right(ends, end)
            if first < last:
                whole = starts[first] == start and ends[last - 1] == end
                yield self.near[first][0], self.near[last - 1][0] + 1, whole and kind not in NO_ID


def _bare(cut: Cut, found: Found) -> Iterator[str]:
    """Yield the whole numbers that stand for themselves."""
    within = {at for first, last, _ in cut.values for at in range(first, last)}
    told = {one.end for one in found.mentions if one.kind == "number"}
    bare = {
        cut.words[at]
        for at, _, end in cut.near
        if cut.words[at].isdecimal() and end not in told and at not in within
    }
    for one in bare:
        if one.isascii() and (form := number.canonical(one)):
            yield form
