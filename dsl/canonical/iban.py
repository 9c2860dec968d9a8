"""Bank accounts by their IBAN, whatever its spacing and case."""

import re
from typing import Final

from dsl.canonical.text import HIDDEN

_MAX_CHARACTERS: Final = 100
_BETWEEN = re.compile(r"[\s\-]+")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def canonical(value: object) -> str | None:
    """Write the IBAN without spaces and in capitals; None if its check digits are wrong."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = _BETWEEN.sub("", HIDDEN.sub("", value))
    number = text.upper() if text.isascii() else ""
    return number if _IBAN.fullmatch(number) and _is_valid(number) else None


def _is_valid(number: str) -> bool:
    from stdnum import iban  # noqa: PLC0415 - heavy, and most policies have no account

    return iban.is_valid(number, check_country=False)
