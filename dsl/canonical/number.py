"""Numbers, exact, within the bounds of `dsl.strictjson`.

Texts may group digits by threes and use a decimal comma: `1,234.50`, `1.234,50`, `1 234,5`. A comma
before three digits may be either (`1,234`), so it is not readable; a point (`1.234`) is JSON's.
"""

import re
from decimal import Decimal
from typing import Final

from dsl import strictjson

MAX_CHARACTERS: Final = 100  # more than any number within the bounds needs

_LIMIT: Final = 10**strictjson.MAX_DIGITS
_MINUS: Final = "\u2212"
_JSON = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(
    r"(?P<whole>-?[1-9][0-9]{0,2}(?P<mark>[.,' \u00a0\u2009\u2019\u202f])[0-9]{3}"
    r"(?:(?P=mark)[0-9]{3})*)(?:(?P<point>[.,])(?P<fraction>[0-9]+))?"
)
_EITHER = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_COMMA = re.compile(r"(-?[0-9]+),([0-9]+)")


def canonical(value: object) -> str | None:
    """Write a number plainly, without exponent and trailing zeros."""
    if isinstance(value, str):
        if _stands_plainly(value):
            return value
        plain = _plain(value.strip().replace(_MINUS, "-"))
        return None if plain is None else _exact(plain)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return None if isinstance(value, int) and abs(value) >= _LIMIT else _exact(str(value))


def _stands_plainly(text: str) -> bool:
    """Tell whether a text is a whole number as it would be written."""
    plain = text.isdecimal() and text.isascii() and not text.startswith("0")
    return plain and len(text) <= strictjson.MAX_DIGITS


def _exact(text: str) -> str | None:
    """Read what JSON would; None if its plain form has too many digits to be read again."""
    try:
        form = strictjson.canonical(strictjson.exact(text))
    except strictjson.InvalidJson:
        return None
    return form if sum(map(str.isdigit, form)) <= strictjson.MAX_DIGITS else None


def _plain(text: str) -> str | None:
    """Rewrite the notations of people into the one of JSON."""
    if len(text) > MAX_CHARACTERS:
        return None
    if _JSON.fullmatch(text):
        return text
    if grouped := _GROUPED.fullmatch(text):
        return _ungrouped(grouped)
    comma = None if _EITHER.fullmatch(text) else _COMMA.fullmatch(text)
    return f"{comma[1]}.{comma[2]}" if comma else None


def _ungrouped(match: re.Match[str]) -> str | None:
    whole, mark, point, fraction = match["whole"], match["mark"], match["point"], match["fraction"]
    decimals = not point and mark in ".," and whole.count(mark) == 1
    if decimals or point == mark:
        return None
    return whole.replace(mark, "") + (f".{fraction}" if fraction else "")
