"""Cuts a text into words and the signs between them, so that a phrase is found by whole words.

Both the text and what is looked for are cut in one way. A word keeps the signs inside it
(`INV-7`, `bill.txt`, `a/b`), but for those that only ever stand between values: commas, quotes,
brackets, `=`. A phrase never goes across a sign that it does not have itself. White space of any
sort is one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dsl.canonical import path, text

_BETWEEN: Final = r",;|\"()\[\]{}<>=`\u2014\u201c\u201d\u201e\u00ab\u00bb"
WORD: Final = re.compile(
    # How paths and hidden files begin, then from one letter or digit to the last in a row.
    rf"(?:\.{{0,2}}/|~/|\\|\.(?=\w))?\w(?:[^\s{_BETWEEN}]*\w)?|\S"
)
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'"))
_ESCAPED: Final = re.compile(r"\\[nrt]")
_HALVES: Final = re.compile("[\ud800-\udfff]")
POSSESSIVE: Final = "'s"
_NO_SIGN: Final = "\x00"  # between two readings of one text


class Word(NamedTuple):
    """A word, or one sign, as it is compared: folded, and with its case as a path."""

    folded: str
    exact: str
    start: int
    end: int


def visible(written: str) -> str | None:
    """Return a text as people see it: no hidden characters, one width; None if nobody can."""
    if written.isascii():  # none of these is ASCII
        return written
    whole = _HALVES.sub("\ufffd", written)
    seen = text.compatible(text.HIDDEN.sub("", whole))
    return None if seen is None else seen.translate(_APOSTROPHES)


def unescaped(seen: str) -> str:
    """Read line ends and tabs that JSON in a text has escaped as white space."""
    return _ESCAPED.sub("  ", seen) if "\\" in seen else seen


def both(seen: str) -> str:
    """Return a text, and once more as JSON would read it where that differs."""
    plain = unescaped(seen)
    return seen if plain == seen else f"{seen} {_NO_SIGN} {plain}"


def cut(seen: str, whole: Sequence[tuple[int, int]] = ()) -> Iterator[Word]:
    """Yield the words of a text that was made visible; addresses are one word each."""
    at = 0
    for start, end in (*whole, (len(seen), len(seen))):
        for match in WORD.finditer(seen, at, start):
            yield from _words(match[0], match.start())
        if start < end:
            yield _word(seen[start:end], start)
        at = end


def _words(written: str, start: int) -> Iterator[Word]:
    """Tell a name from its possessive."""
    name = written[: -len(POSSESSIVE)]
    if name and written.lower().endswith(POSSESSIVE):
        yield _word(name, start)
        yield _word(written[len(name) :], start + len(name))
    else:
        yield _word(written, start)


def _word(written: str, start: int) -> Word:
    exact = path.canonical(written) if "/" in written else written
    return Word(written.casefold(), exact or written, start, start + len(written))


def phrase(words: Sequence[Word]) -> tuple[Word, ...]:
    """Leave out the signs around what is looked for, and the possessive behind it."""
    kept = list(words)
    while kept and (_is_sign(kept[-1]) or kept[-1].folded == POSSESSIVE):
        kept.pop()
    while kept and _is_sign(kept[0]):
        kept.pop(0)
    return tuple(kept)


def _is_sign(word: Word) -> bool:
    """Tell signs from letters; a mark that belongs to the letter before it is none."""
    sign = not any(one.isalnum() for one in word.exact)
    return sign and unicodedata.category(word.exact[0])[0] != "M"
