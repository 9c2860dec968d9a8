"""Telephone numbers with their `+` and country code; without it, a number is not the same anywhere.

Letters and extensions are not readable: the form could not carry them.
"""

import re
from typing import Final

_MAX_CHARACTERS: Final = 40
_DIALLED = re.compile(r"\+[0-9 ()./\-\u00a0\u2010\u2011\u2013\u202f]+")


def canonical(value: object) -> str | None:
    """Write the number as E.164 does: `+` and digits."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = value.strip()
    form = _e164(text) if _DIALLED.fullmatch(text) else None
    return form if form and _e164(form) == form else None


def _e164(text: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 - heavy, and most policies have no telephone number

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
