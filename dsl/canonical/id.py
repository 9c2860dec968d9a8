"""Ids: the names that programs give to things. They compare without regard to case.

Nothing inside is left out: `INV-7` and `INV7`, or `007` and `7`, are different ids.
"""

import re

from dsl.canonical import number, text

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def canonical(value: object) -> str | None:
    """Fold the characters; a number is the id it is written as."""
    if not isinstance(value, str):
        return number.canonical(value)
    folded = text.fold(value.strip())
    if folded is None or _CONTROL.search(folded):
        return None
    return folded.strip() or None
