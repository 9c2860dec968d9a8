"""Whether the user named what a short value is: "file 13", "the general channel".

The nouns of an argument are the words of its name and of its tool's name after the verb, each
also in the other number (file, files). A noun counts if it stands right before the value or right
behind it. Between them may only be signs, as `#` and quotes, and in front `number`, `no`, `nr`,
`id`, `called` or `named`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from dsl.session.common_words import listed
from dsl.session.reading import Reading
from dsl.state import Argument

_PARTS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_LINKS: Final = frozenset(("number", "no", "nr", "id", "called", "named"))
# Words of argument names that name no thing.
_NO_NOUNS: Final = _LINKS | listed(
    "ids name names numbers num key value values new old to from by of in on for with and or the "
    "a is has all list"
)
_SIGNS: Final = frozenset("#\"'\u201c\u201d\u00ab\u00bb:()[]`*@")
_FURTHEST: Final = 5


def nouns(at: Argument | None) -> frozenset[str]:
    """Return the words that name what stands in an argument, folded."""
    if at is None:
        return frozenset()
    names = [step for step in at.steps if isinstance(step, str) and step != "*"]
    of_tool = _split(at.tool.rpartition("/")[2])[1:]
    found = {*_split(names[-1] if names else ""), *of_tool} - _NO_NOUNS
    return frozenset({*found, *map(_other_number, found)})


def _split(name: str) -> list[str]:
    return [part.casefold() for part in _PARTS.findall(name)]


def _other_number(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun[:-1]
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def is_named(phrase: Sequence[str], wanted: frozenset[str], text: Reading) -> bool:
    """Tell whether one of the nouns stands beside the value in a text."""
    if not wanted or not phrase:
        return False
    words = [word.folded for word in text.words]
    sought = [one.casefold() for one in phrase]
    return any(
        _beside(reversed(words[max(0, at - _FURTHEST) : at]), wanted, _LINKS)
        or _beside(words[at + len(phrase) : at + len(phrase) + _FURTHEST], wanted, frozenset())
        for at in text.rows(sought, exact=False)
    )


def _beside(words: Iterable[str], wanted: frozenset[str], links: frozenset[str]) -> bool:
    dotted = False  # the dot of `no. 13`, and not the end of a sentence
    for word in words:
        if word in wanted and not dotted:
            return True
        if word == "." and links and not dotted:
            dotted = True
        elif word in links or (word in _SIGNS and not dotted):
            dotted = False
        else:
            return False
    return False
