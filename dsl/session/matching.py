"""Tells whether a value is found in a leaf: an entire one, or a text that holds it."""

from typing import Any, Final

from dsl.model import Cause
from dsl.session.asked import Asked
from dsl.session.nouns import is_named
from dsl.session.reading import read
from dsl.types import Truth, Unknown, Unreadable

WEAK: Final = Unknown(Cause.WEAK_MATCH, "origin")
UNREADABLE: Final = Unknown(Cause.UNREADABLE, "origin")


def meets(
    asked: Asked, leaf: Any, *, whole: bool = False, nouns: frozenset[str] = frozenset()
) -> Truth:
    """Tell whether a leaf is the value, or holds it; `whole` takes nothing out of a text.

    A short value in a text is a weak sign, unless one of the nouns stands beside it.
    """
    if isinstance(leaf, Unreadable):  # it may show anything
        return UNREADABLE
    if asked.equals(leaf):
        return True
    if whole or not isinstance(leaf, str):
        return False
    text = read(leaf)
    if text is None:
        return UNREADABLE
    found = asked.stands_in(text)
    if found is None:
        return WEAK
    if found and asked.short:
        return is_named(asked.phrase or (asked.form,), nouns, text) or WEAK
    return found
