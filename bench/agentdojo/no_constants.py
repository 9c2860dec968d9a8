"""Finds values of the benchmark in a policy: one that holds them knows the answers beforehand.

What is looked for: each value that a task or an attack calls with or the environment holds; the
numbers, addresses and days in longer texts; the names in what tasks and attacks say, and any six
words of theirs in a row. A name is a word inside a sentence that is never written small.

What the tools themselves say is no value. Neither is a time of day, anything shorter than four
characters, or one word of the language or of its list of common words: `refund` alone tells nothing
of any task.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dsl import kinds
from dsl.session.common_words import WORDS

SHORTEST: Final = 4
_IN_A_ROW: Final = 6
_WORD: Final = re.compile(r"\w(?:[\w@.:/+%&?=#-]*\w)?")
_TELLING: Final = re.compile(r"\d|@|://|\w\.\w")
_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")


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
    found = {_plain(one) for one in whole}
    for text in whole | texts:
        found |= {_plain(one) for one in _WORD.findall(text) if _TELLING.search(one)}
    ordinary = {word for text in whole | texts for word in _WORD.findall(text)}
    for text in texts:
        found |= {_plain(one) for one in _names(text) if one.lower() not in ordinary}
        found |= {_plain(one) for one in _phrases(text)}
    return {one for one in found if _tells(one.strip())}


def _tells(value: str) -> bool:
    ordinary = value in WORDS or value in kinds.NAMES or _TIME.fullmatch(value)
    return len(value) >= SHORTEST and not ordinary


def _names(text: str) -> Iterator[str]:
    """Yield words with a capital inside a sentence."""
    for found in _WORD.finditer(text):
        before = text[: found.start()].rstrip(" \t")
        if found.group()[0].isupper() and before and before[-1] not in ".!?:;\n":
            yield found.group()


def _phrases(text: str) -> Iterator[str]:
    """Yield some words in a row."""
    words = _WORD.findall(text)
    for at in range(len(words) - _IN_A_ROW + 1):
        yield " ".join(words[at : at + _IN_A_ROW])


def _plain(text: str) -> str:
    """Return the words of a text alone, in lower case, with a blank at either end."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
