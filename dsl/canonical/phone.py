"""Telephone numbers with their `+` and country code; without it, a number is not the same anywhere.

Letters and extensions are not readable: the form could not carry them. `phonenumbers` says what a
number is. Most numbers hold no prefix that is dialled inside their country alone; of these its
tables tell at once what it would find.
"""

import re
from functools import cache
from typing import Final, NamedTuple

_MAX_CHARACTERS: Final = 40
_DIALLED = re.compile(r"\+[0-9 ()./\-\u00a0\u2010\u2011\u2013\u202f]+")
_BETWEEN = re.compile(r"[ ()./\-\u00a0\u2010\u2011\u2013]+")
_CODES: Final = (1, 2, 3)  # digits of a country code


class _Country(NamedTuple):
    """How long the numbers of a country are, and how those begin that are not left as they are."""

    lengths: frozenset[int]
    rewritten: re.Pattern[str] | None


def canonical(value: object) -> str | None:
    """Write the number as E.164 does: `+` and digits."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = value.strip()
    if not _DIALLED.fullmatch(text):
        return None
    digits = _BETWEEN.sub("", text[1:])
    return _by_the_tables(digits) if _is_plain(digits) else _by_the_library(text)


def _is_plain(digits: str) -> bool:
    """Tell whether nothing about a number would be changed."""
    country, number = _parts(digits)
    rewritten = country.rewritten if country else None
    return digits.isascii() and not (rewritten and rewritten.match(number))


def _by_the_tables(digits: str) -> str | None:
    country, number = _parts(digits)
    return f"+{digits}" if country and len(number) in country.lengths else None


def _parts(digits: str) -> tuple[_Country | None, str]:
    """Tell the country by its code, and the number in it; no code is the beginning of another."""
    for length in _CODES:
        if country := _country(digits[:length]):
            return country, digits[length:]
    return None, digits


@cache
def _country(code: str) -> _Country | None:
    import phonenumbers  # noqa: PLC0415 - heavy, and most policies have no telephone number

    if not code.isdecimal() or code.startswith("0"):
        return None
    if int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(int(code))
    told = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if told is None or told.general_desc is None:
        return None
    whole, local = told.general_desc.possible_length, told.general_desc.possible_length_local_only
    prefix = told.national_prefix_for_parsing
    return _Country(frozenset((*whole, *local)), re.compile(prefix) if prefix else None)


def _by_the_library(text: str) -> str | None:
    form = _e164(text)
    return form if form and _e164(form) == form else None


def _e164(text: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
