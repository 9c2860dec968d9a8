"""Names of people and things: "Alice Baker", "alice  baker" and "Alice Baker's" are one name."""

from typing import Final

from dsl.canonical import text

_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"))
_ENDINGS: Final = ("'s", "'", " ")


def canonical(value: object) -> str | None:
    """Read as a text, and drop the possessive at the end."""
    if not isinstance(value, str):
        return None
    folded = text.fold(value.translate(_APOSTROPHES))
    name = text.squeezed(folded.translate(_APOSTROPHES)) if folded else None
    return _without_possessive(name) or None if name else None


def _without_possessive(name: str) -> str:
    end = len(name)
    while name.endswith(_ENDINGS, 0, end):
        end -= 2 if name[end - 1] == "s" else 1
    return name[:end]
