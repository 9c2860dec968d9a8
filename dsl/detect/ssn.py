"""Social security numbers of the United States."""

from typing import Final

from dsl.detect.detector import Detector


def _is_issued(match: str) -> bool:
    """Tell whether the number is one that could have been given to a person."""
    digits = "".join([one for one in match if one.isdigit()])
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


_START: Final = r"(?:^|[^0-9A-Za-z.\-]|[^0-9A-Za-z][.\-])"
_DIGITS: Final = r"[0-9]{3}[ .]?[0-9]{2}[ .]?[0-9]{4}\b"

DETECTOR: Final = Detector(
    "ssn",
    "social security numbers of the United States; without dashes only after a word that says so",
    patterns=(
        _START + r"[0-9]{3}-[0-9]{2}-[0-9]{4}(?:[^0-9A-Za-z\-]|-[^0-9A-Za-z]|$)",
        _START + r"[0-9]{3} [0-9]{2} [0-9]{4}(?: ?[^0-9A-Za-z \-]| [A-Za-z]| ?$)",
        r"(?i)(?:^|[^a-z])(?:ssn|social[ \-_]?security)[a-z #:=._\"']{0,24}" + _DIGITS,
    ),
    check=_is_issued,
    examples=("123-45-6789",),
)
