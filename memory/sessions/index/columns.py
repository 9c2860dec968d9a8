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
    written: list[str]
    folded: list[str]
    exact: list[str]  # as paths compare
    breaks: list[int]
    values: list[tuple[int, int, bool]]


def read(texts: Sequence[str]) -> tuple[Columns, bool]:
    """Read texts; tell whether nobody can read one of them."""
    seen = [words.visible(text) for text in texts]
    readable = [words.both(one) for one in seen if one is not None]
    text = _JOINT.join(readable)
    return Near(text, finding.find(text)).columns(), len(readable) < len(texts)


class Near:
    """What a text holds, and its words beside that: from one white space to another.

    `words` are these, with where each begins and ends in the text; `values` are places among them,
    from the first word of a value to behind the last, and whether it counts by its words.
    """

    def __init__(self, text: str, found: finding.Found) -> None:
        self.text = text
        self.found = found
        self.words: list[tuple[str, int, int]] = []
        self._places: list[tuple[int, int, int]] = []  # with the number of words before them
        spans = self.found.spans
        addresses = [(start, end) for start, end, kind in spans if kind in _ADDRESSES]
        addresses.sort(reverse=True)
        for start, end in finding.places(text, self.found):
            self._places.append((start, end, len(self.words)))
            at = start
            while addresses and addresses[-1][1] <= end:
                first, last = addresses.pop()
                self._add(WORD.finditer(text, at, first))
                self.words.append((text[first:last], first, last))
                at = last
            self._add(WORD.finditer(text, at, end))
        self.values = list(self._values())

    def _add(self, matches: Iterator[re.Match[str]]) -> None:
        for match in matches:
            word, start = match[0], match.start()
            if word.endswith(_POSSESSIVES) and word[: -len(POSSESSIVE)]:
                behind = start + len(word) - len(POSSESSIVE)
                self.words.append((word[: behind - start], start, behind))
                word, start = word[behind - start :], behind
            self.words.append((word, start, start + len(word)))

    def _values(self) -> Iterator[tuple[int, int, bool]]:
        starts, ends = [one[1] for one in self.words], [one[2] for one in self.words]
        for start, end, kind in sorted(self.found.spans):
            first, last = bisect_left(starts, start), bisect_right(ends, end)
            if first < last:
                whole = starts[first] == start and ends[last - 1] == end
                yield first, last, whole and kind not in NO_ID

    def alone(self) -> Iterator[tuple[str, int, int]]:
        """Yield the words that lie in no value."""
        within = {at for first, last, _ in self.values for at in range(first, last)}
        return (one for at, one in enumerate(self.words) if at not in within)

    def columns(self) -> Columns:
        """Return all values and words of the text."""
        strong, weak = self.told()
        written, values = self._column()
        folded = [*map(str.casefold, written)]
        exact = [*map(as_path, written)] if "/" in self.text else written
        breaks = []
        if BREAK in self.text:
            breaks = [at for at, one in enumerate(written) if one == BREAK]
        return Columns(strong, weak, written, folded, exact, breaks, values)

    def told(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Return the values by kind and form: those that are, and those that may be."""
        told = [one for one in self.found.mentions if one.form is not None]
        strong = {(one.kind, str(one.form)) for one in told if not one.weak}
        strong.update(("number", form) for form in self._bare())
        return strong, {(one.kind, str(one.form)) for one in told if one.weak}

    def folded(self) -> list[str]:
        """Return all words of the text, folded."""
        return [*map(str.casefold, self._column()[0])]

    def _bare(self) -> Iterator[str]:
        """Yield the whole numbers that stand for themselves."""
        told = {one.end for one in self.found.mentions if one.kind == "number"}
        bare = {one for one, _, end in self.alone() if one.isdecimal() and end not in told}
        for one in bare:
            if one.isascii() and (form := number.canonical(one)):
                yield form

    def _column(self) -> tuple[list[str], list[tuple[int, int, bool]]]:
        """Return all words, and where among them values are."""
        column: list[str] = []
        moved: list[int] = []  # of each place: so many words of the rest stand before it
        befores = [before for _, _, before in self._places]
        behind = 0
        for at, (start, end, before) in enumerate(self._places):
            column += _cut(self.text[behind:start])
            moved.append(len(column) - before)
            after = befores[at + 1] if at + 1 < len(befores) else len(self.words)
            column += [word for word, _, _ in self.words[before:after]]
            behind = end
        column += _cut(self.text[behind:])
        values = []
        for first, last, words_too in self.values:
            by = moved[bisect_right(befores, first) - 1]
            values.append((first + by, last + by, words_too))
        return column, values


def as_path(word: str) -> str:
    """Return a word as paths compare."""
    return (path.canonical(word) or word) if "/" in word else word


def _cut(text: str) -> list[str]:
    """Cut a text into words as `dsl.session.words` does, where it holds no addresses.

    No word goes across white space, and letters and digits alone are one.
    """
    words: list[str] = []
    for part in text.split():
        if part.isalnum():
            words.append(part)
        else:
            found = WORD.findall(part)
            words += _told_apart(found) if "'" in part else found
    return words


def _told_apart(words: list[str]) -> list[str]:
    """Make two words of each name with its possessive."""
    for at in reversed([at for at, one in enumerate(words) if one.endswith(_POSSESSIVES)]):
        name = words[at][: -len(POSSESSIVE)]
        if name:
            words[at : at + 1] = [name, words[at][len(name) :]]
    return words
