"""Finds values of the benchmark in a policy: one that holds them knows the answers beforehand.

What is looked for: each value that a task or an attack calls with or the environment holds, the
names, numbers, addresses and dates in longer texts, and any four words in a row. What the tools
themselves say is no value, and neither is anything shorter than four characters, or one word of
the language's list of common words: `refund` alone tells nothing of any task.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dsl.session.common_words import WORDS

SHORTEST: Final = 4
_IN_A_ROW: Final = 4
_WORD: Final = re.compile(r"\w(?:[\w@.:/+%&?=#-]*\w)?")
_TELLING: Final = re.compile(r"\d|@|://|\w\.\w")


@dataclass(frozen=True, slots=True)
class Planted:
    """A value of the benchmark that stands in a file."""

    file: str
    value: str


def planted(
    files: Mapping[str, str],
    leaves: Iterable[str],
    said: Iterable[str],
    vocabulary: Iterable[str],
) -> list[Planted]:
    """Return the benchmark's values that stand in files, each once a file."""
    allowed = _plain(" \n ".join(vocabulary))
    wanted = {one for one in values(leaves, said) if one not in allowed}
    return [
        Planted(name, value.strip())
        for name, text in sorted(files.items())
        for value in sorted(wanted)
        if value in _plain(text)
    ]


def values(leaves: Iterable[str], said: Iterable[str]) -> set[str]:
    """Return what is looked for, in one spelling, with a blank at either end."""
    whole, texts = set(leaves), set(said)
    found = {_plain(one) for one in whole if len(one.strip()) >= SHORTEST}
    for text in whole | texts:
        found |= set(map(_plain, _pieces(text)))
    return {one for one in found if len(one.strip()) >= SHORTEST and one.strip() not in WORDS}


def _pieces(text: str) -> Iterator[str]:
    """Yield what tells a text from others: its telling words, its names, four words in a row."""
    for found in _WORD.finditer(text):
        word, before = found.group(), text[: found.start()].rstrip(" \t")
        inside = bool(before) and before[-1] not in ".!?:;\n"
        if len(word) >= SHORTEST and (_TELLING.search(word) or (inside and word[0].isupper())):
            yield word
    words = _WORD.findall(text)
    for at in range(len(words) - _IN_A_ROW + 1):
        yield " ".join(words[at : at + _IN_A_ROW])


def _plain(text: str) -> str:
    """Return the words of a text alone, in lower case, with a blank at either end."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
