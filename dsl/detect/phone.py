"""Telephone numbers in their international form."""

from typing import Final

from dsl.detect.detector import Detector, leading

_SHORTEST: Final = 8
_LONGEST: Final = 15
# First digits that no country has.
_UNUSED: Final = ("210", "214", "215", "217", "219", "28", "83", "89", "999")


def _is_number(match: str) -> bool:
    tail = match[match.find("+") + 1 :] if "+" in match else match[match.find("00") + 2 :]
    if tail.lstrip(" ").startswith("1"):
        return _is_north_american(tail)
    digits = "".join([one for one in tail if one.isdigit()])
    sized = _SHORTEST <= len(digits) <= _LONGEST
    return sized and not digits.startswith(_UNUSED) and not digits.endswith("00000")


def _is_north_american(tail: str) -> bool:
    """Tell whether area code and exchange of a number after +1 begin with 2 to 9."""
    number = leading(tail, 11)
    return number is not None and number[1] in "23456789" and number[4] in "23456789"


_REST: Final = r"(?:[ ().\-/]{0,2}[0-9]){6,14}\b"

DETECTOR: Final = Detector(
    "phone",
    "telephone numbers in international form, with `+` or `00` and the code of a country",
    patterns=(
        r"(?:^|[^0-9A-Za-z+])\+ ?[1-9]" + _REST,
        # Without a gap after the code, this is how order numbers look.
        r"(?:^|[^0-9A-Za-z+., \-]|[^0-9] )00 ?[1-9][0-9]{0,2}[ \-/]" + _REST,
    ),
    check=_is_number,
    ends="+0123456789",
    examples=("+1 212 555 0100", "+44 20 7946 0000"),
)
