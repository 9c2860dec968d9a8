"""The typed values inside a text: addresses, links, accounts, telephone numbers and ids.

Each is given in the words of the text, so that asking where it comes from finds it as it would
there. Days, times and amounts are left out: agents work them out, and they come from nowhere for
good reasons.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl.session import words
from dsl.session.reading import Reading, once

ADDRESSES: Final = ("email", "url", "iban", "phone")
_LONG: Final = 6  # digits; a shorter number is a year or an amount
_LEAST: Final = 4  # letters and digits of an id: `Q3` and `2nd` are none
_MEASURE: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?(?:[a-z]{1,3}|st|nd|rd|th)")


def entities(text: str) -> list[str] | None:
    """Return what a text holds, in its order and each once; None if nobody can read it."""
    seen = words.visible(text)
    reading = once(text)
    if seen is None or reading is None:
        return None
    plain = words.unescaped(seen)
    return list(dict.fromkeys(plain[start:end] for start, end in sorted(_places(reading))))


def _places(reading: Reading) -> Iterator[tuple[int, int]]:
    longest: dict[int, int] = {}
    for one in reading.mentions:
        if one.kind in ADDRESSES:
            longest[one.start] = max(one.end, longest.get(one.start, 0))
    yield from longest.items()
    for word, span in zip(reading.words, reading.inside, strict=True):
        if span is None and is_id(word.folded):
            yield word.start, word.end


def is_id(word: str) -> bool:
    """Tell long numbers, and words with digits in them, from other words."""
    digits = sum(one.isdigit() for one in word)
    if word.isdecimal():
        return digits >= _LONG
    letters = sum(one.isalpha() for one in word)
    return bool(digits and letters) and digits + letters >= _LEAST and not _MEASURE.fullmatch(word)
