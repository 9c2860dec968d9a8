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
_DASHED: Final = _START + r"[0-9]{3}-[0-9]{2}-[0-9]{4}(?:[^0-9A-Za-z\-]|-[^0-9A-Za-z]|$)"
_SPACED: Final = _START + r"[0-9]{3} [0-9]{2} [0-9]{4}(?: ?[^0-9A-Za-z \-]| [A-Za-z]| ?$)"
_WORDS: Final = r"ssn|social[ \-_]?security"

DETECTOR: Final = Detector(
    "ssn",
    "social security numbers of the United States; without dashes only after a word that says so",
    patterns=(_DASHED, _SPACED, rf"(?i)(?:^|[^a-z])(?:{_WORDS})[a-z #:=._\"']{{0,24}}" + _DIGITS),
    hints=(_DASHED, _SPACED, f"(?i){_WORDS}"),
    check=_is_issued,
    ends="0123456789",
    examples=("123-45-6789",),
)
