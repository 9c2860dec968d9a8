"""Finds days and times of day in a text.

A day without a year, and one whose two numbers may be swapped, are weak: nobody knows which day
it is.
"""

import re
from typing import Final

from dsl.canonical import date, time
from dsl.session.spans import Mention, Taken

_MONTH: Final = (
    "(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY: Final = (
    r"(?:(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|"
    r"sat(?:urday)?|sun(?:day)?)\.?,?\s{1,2}(?:the\s{1,2})?)?"
)
_DAY: Final = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_BEFORE: Final = r"(?<![\w./-])"
_AFTER: Final = r"(?!\w)(?![-/.]\w)"
_CLOCK: Final = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_ISO: Final = re.compile(
    rf"{_BEFORE}[0-9]{{4}}([-/.])[0-9]{{2}}\1[0-9]{{2}}"
    rf"(?:(?:t|,?\s)(?P<clock>{_CLOCK}(?:\s?(?:z|utc|gmt|[+-][0-9]{{2}}:?[0-9]{{2}}))?))?{_AFTER}",
    re.IGNORECASE | re.ASCII,
)
_NUMBERS: Final = re.compile(
    rf"{_BEFORE}(?P<one>[0-9]{{1,2}})(?P<mark>[-/.])(?P<two>[0-9]{{1,2}})(?P=mark){_YEAR}{_AFTER}",
    re.ASCII,
)
_WRITTEN: Final = tuple(
    re.compile(f"{_BEFORE}{form}{_AFTER}", re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_WEEKDAY}{_DAY}(?:\s{{1,2}}of)?(?:\s{{1,2}}|-){_MONTH}\.?(?:(?:,?\s{{1,2}}|-){_YEAR})?",
        rf"{_WEEKDAY}{_MONTH}\.?\s{{1,2}}(?:the\s{{1,2}})?{_DAY}(?:,?\s{{1,2}}{_YEAR})?",
    )
)
_TIME: Final = re.compile(
    rf"(?<![\w:.])(?:{_CLOCK}(?:\s?[ap](?:m\b|\.m\.?)|z\b|[+-][0-9]{{2}}:[0-9]{{2}})?"
    r"|[0-9]{1,2}\s?[ap](?:m\b|\.m\.?)|noon\b|midnight\b)(?![\w:])",
    re.IGNORECASE | re.ASCII,
)
_NAMED: Final = {"noon": "12:00", "midnight": "0:00"}
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


def find(taken: Taken) -> None:
    """Find days, then the times that are no part of one."""
    for match in _ISO.finditer(taken.text):
        if taken.is_free(*match.span()):
            _note(taken, match, "date", [(date.canonical(match[0]), False)])
            if clock := match["clock"]:
                form = time.canonical(clock)
                taken.mentions.append(Mention("time", form, *match.span("clock")))
    for match in _NUMBERS.finditer(taken.text):
        _note(taken, match, "date", _swapped(match))
    for pattern in _WRITTEN:
        for match in pattern.finditer(taken.text):
            _note(taken, match, "date", _written(match))
    for match in _TIME.finditer(taken.text):
        written = _NAMED.get(match[0].lower(), match[0])
        _note(taken, match, "time", [(_time(written), False)])


def _note(
    taken: Taken, match: re.Match[str], kind: str, forms: list[tuple[str | None, bool]]
) -> None:
    if not taken.is_free(*match.span()):
        return
    taken.take(*match.span(), kind)
    for form, weak in forms:
        if form is not None:
            taken.mentions.append(Mention(kind, form, *match.span(), weak))


def _swapped(match: re.Match[str]) -> list[tuple[str | None, bool]]:
    """Read two numbers and a year; where either may be the month, both readings are weak."""
    if form := date.canonical(match[0]):
        return [(form, False)]
    one, two, year = match["one"], match["two"], match["year"]
    pairs = ((one, two), (two, one))
    return [(date.canonical(f"{year}-{month:0>2}-{day:0>2}"), True) for month, day in pairs]


def _written(match: re.Match[str]) -> list[tuple[str | None, bool]]:
    month = _MONTHS.index(match["month"].lower()[:3]) // 3 + 1
    if year := match["year"]:
        plain = " ".join(match[0].lower().replace(" the ", " ").split())
        known = date.canonical(plain)  # also tells a wrong weekday
        return [(known, False)] if known else [(_iso(year, month, match["day"]), True)]
    day = _iso("2000", month, match["day"])  # a leap year
    return [(day and without_year(day), True)]


def _iso(year: str, month: int, day: str) -> str | None:
    return date.canonical(f"{year}-{month:02}-{day:0>2}")


def without_year(day: str) -> str:
    """Return the form of a day that is told without its year."""
    return f"-{day[4:]}"


def _time(written: str) -> str | None:
    plain = re.sub(r"\s+", " ", written)
    return time.canonical(plain) or time.canonical(f"{plain}.")
