"""International bank account numbers."""

from functools import cache
from string import ascii_letters, digits
from typing import Final

from dsl.canonical import iban
from dsl.detect.detector import Detector, leading
from dsl.patterns import whole

# The countries that have such numbers: other groups of letters and digits are not looked at.
COUNTRIES: Final = (
    "AD|AE|AL|AT|AZ|BA|BE|BG|BH|BI|BR|BY|CH|CR|CY|CZ|DE|DJ|DK|DO|EE|EG|ES|FI|FK|FO|FR|GB|GE|GI|GL|"
    "GR|GT|HN|HR|HU|IE|IL|IQ|IS|IT|JO|KW|KZ|LB|LC|LI|LT|LU|LV|LY|MC|MD|ME|MK|MN|MR|MT|MU|NI|NL|NO|"
    "OM|PK|PL|PS|PT|QA|RO|RS|RU|SA|SC|SD|SE|SI|SK|SM|SO|ST|SV|TL|TN|TR|UA|VA|VG|XK|YE"
)


@cache
def _structure(country: str) -> tuple[int, str] | None:
    """Return how long the numbers of a country are, and the pattern of what follows the country."""
    parts = iban.structure(country)
    if not parts:
        return None
    pattern = "".join(f"{one}{{{count}}}" for one, count in parts)
    return 4 + sum(count for _, count in parts), "[0-9]{2}" + pattern


def _is_iban(match: str) -> bool:
    tail = (match if match[0].isalnum() else match[1:]).upper()
    structure = _structure(tail[:2])
    if structure is None:
        return False
    number = leading(tail, structure[0])
    return number is not None and iban.remainder(number) == 1 and whole(structure[1], number[2:])


DETECTOR: Final = Detector(
    "iban",
    "international bank account numbers, with or without spaces",
    patterns=(rf"(?i:^|[^0-9A-Z])(?i:{COUNTRIES})[0-9]{{2}}(?i:[ \-.]?[0-9A-Z]){{11,32}}",),
    check=_is_iban,
    ends=ascii_letters + digits,
    cost=3,
    examples=("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"),
)
