"""Times of day: `9:05 pm`, `21:05` and `21:05:00` are one time.

With an offset (`21:05+02:00`) a time is another one than without, and is told in UTC.
"""

import re
from typing import Final

_MAX_CHARACTERS: Final = 40
_DAY: Final = 24 * 60
_NOON: Final = 12
_HALF = re.compile(
    r"(?P<hour>0?[1-9]|1[0-2])(?::(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?)?"
    r" ?(?P<half>[ap])(?:m|\.m\.)",
    re.ASCII,
)
_FULL = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?",
    re.ASCII,
)


def canonical(value: object) -> str | None:
    """Write the time as HH:MM:SS, with a Z if it has an offset."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = " ".join(value.split()).lower()
    match = _HALF.fullmatch(text) or _FULL.fullmatch(text)
    return _written(match.groupdict()) if match else None


def _written(parts: dict[str, str | None]) -> str:
    hour, zone = int(parts["hour"] or 0), parts.get("zone")
    if half := parts.get("half"):
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    minutes = (hour * 60 + int(parts["minute"] or 0) - _offset(zone)) % _DAY
    fraction = (parts.get("fraction") or "").rstrip("0")
    return (
        f"{minutes // 60:02}:{minutes % 60:02}:{parts['second'] or '00'}"
        f"{'.' + fraction if fraction else ''}{'Z' if zone else ''}"
    )


def _offset(zone: str | None) -> int:
    """Return how many minutes a clock runs ahead of UTC."""
    if not zone or zone == "z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes
