"""Bank accounts by their IBAN, whatever its spacing and case."""

import re
from functools import cache
from typing import Final

from dsl.canonical.text import HIDDEN

_MAX_CHARACTERS: Final = 100
_BETWEEN = re.compile(r"[\s\-]+")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_VALUES: Final = str.maketrans({chr(ord("A") + one): str(10 + one) for one in range(26)})
_PART: Final = re.compile("([0-9]+)!([nac])")
_CLASSES: Final = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}


def canonical(value: object) -> str | None:
    """Write the IBAN without spaces and in capitals; None if its check digits are wrong."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = _BETWEEN.sub("", value if value.isascii() else HIDDEN.sub("", value))
    number = text.upper() if text.isascii() else ""
    return number if _IBAN.fullmatch(number) and _is_valid(number) else None


def _is_valid(number: str) -> bool:
    """Look at the check digits first: they tell nearly all that is no account."""
    if remainder(number) != 1:
        return False
    wanted = _behind_the_digits(number[:2])
    return wanted is not None and wanted.fullmatch(number, 4) is not None


def remainder(number: str) -> int:
    """Return the remainder by 97, which is 1 where the check digits are right."""
    return int((number[4:] + number[:4]).translate(_VALUES)) % 97


@cache
def _behind_the_digits(country: str) -> re.Pattern[str] | None:
    parts = structure(country)
    return re.compile("".join(f"{one}{{{count}}}" for one, count in parts)) if parts else None


@cache
def structure(country: str) -> tuple[tuple[str, int], ...]:
    """Return the sorts of characters that follow the check digits in a country, and how many."""
    from stdnum import numdb  # noqa: PLC0415 - heavy, and most policies have no account

    written = numdb.get("iban").info(country)[0][1].get("bban", "")
    return tuple((_CLASSES[kind], int(count)) for count, kind in _PART.findall(written))
