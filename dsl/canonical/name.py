"""Names of people and things: "Alice Baker", "alice  baker" and "Alice Baker's" are one name."""

import re
from typing import Final

from dsl.canonical import text

_APOSTROPHES: Final = "\u2018\u2019\u02bc\u00b4`"
_ENDING: Final = re.compile("(?:s'|'| )*")  # of the name read from right to left


def canonical(value: object) -> str | None:
    """Read as a text, and drop the possessive at the end."""
    if not isinstance(value, str):
        return None
    folded = text.fold(_straight(value))
    name = text.squeezed(_straight(folded)) if folded else None
    return _without_possessive(name) or None if name else None


def _straight(value: str) -> str:
    for one in _APOSTROPHES:  # faster than a table, which looks at each character
        value = value.replace(one, "'")
    return value


def _without_possessive(name: str) -> str:
    ending = _ENDING.match(name[::-1])
    return name[: len(name) - ending.end()] if ending else name
