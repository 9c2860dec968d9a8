"""Days of the calendar, by their ISO date; a time of day beside it is left out.

Numbers alone tell a day only when they cannot be swapped: `13/04/2026` does, `03/04/2026` does not.
Months may have their English names. A year has four digits, and a weekday must be the right one.
"""

import re
from datetime import date
from typing import Final

_MAX_CHARACTERS: Final = 80
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_ZONE: Final = r" ?(?:z|utc|gmt|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
_MONTH: Final = (
    "(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY: Final = (
    "(?:(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|"
    r"sat(?:urday)?|sun(?:day)?)\.?,? )?"
)
_DAY: Final = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = "(?P<year>[0-9]{4})"
_ISO: Final = (
    rf"{_YEAR}(?P<mark>[-/.]?)(?P<month>[0-9]{{2}})(?P=mark)(?P<day>[0-9]{{2}})"
    rf"(?:(?:t|,? ){_CLOCK}(?:{_ZONE})?)?"
)
_FORMS: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        _ISO,
        rf"(?P<one>[0-9]{{1,2}})(?P<mark>[-/.])(?P<two>[0-9]{{1,2}})(?P=mark){_YEAR}",
        rf"{_WEEKDAY}{_DAY}(?: of)? {_MONTH},? {_YEAR}",
        rf"(?P<day>[0-9]{{1,2}})-{_MONTH}-{_YEAR}",
        rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}",
    )
)
_MONTHS_IN_A_YEAR: Final = 12


def canonical(value: object) -> str | None:
    """Write the day as YYYY-MM-DD."""
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    text = " ".join(value.split()).lower()
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    return _day(match.groupdict()) if match else None


def _day(parts: dict[str, str]) -> str | None:
    order = _swappable(parts) if "one" in parts else _named(parts)
    if order is None:
        return None
    month, day = order
    try:
        found = date(int(parts["year"]), month, day)
    except ValueError:
        return None
    weekday = parts.get("weekday")
    fits = weekday is None or _WEEKDAYS[found.weekday()] == weekday[:3]
    return found.isoformat() if fits else None


def _named(parts: dict[str, str]) -> tuple[int, int]:
    name = parts.get("name")
    month = _MONTHS.index(name[:3]) // 3 + 1 if name else int(parts["month"])
    return month, int(parts["day"])


def _swappable(parts: dict[str, str]) -> tuple[int, int] | None:
    """Return month and day, if only one of the two numbers can be the month."""
    one, two = int(parts["one"]), int(parts["two"])
    if one == two or one > _MONTHS_IN_A_YEAR:
        return two, one
    return (one, two) if two > _MONTHS_IN_A_YEAR else None
