"""Finds numbers in a text, in the notations of people, and tells amounts from other numbers."""

import re
from typing import Final

from dsl.canonical import number
from dsl.canonical.money import CODES, SIGNS, WORDS
from dsl.session.spans import Mention, Taken

# Codes stand in capitals in a sentence: `try` and `all` are words.
_CURRENCY: Final = rf"(?:{SIGNS}|\b(?:{CODES})|(?i:{WORDS}))"
_GROUPED: Final = r"[0-9]{1,3}(?P<mark>[.,'])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?:[.,][0-9]{1,4})?"
_PLAIN: Final = r"[0-9]+(?:\.[0-9]+|,[0-9]{1,2})?"
_NUMBER: Final = re.compile(
    r"(?<![\w.,'/\\@:-])(?P<minus>[-\u2212])?"
    rf"(?P<before>{_CURRENCY}\s?)?(?P<minus2>[-\u2212])?"
    rf"(?P<number>{_GROUPED}|{_PLAIN})(?:\s?(?P<after>{_CURRENCY}|%))?"
    r"(?!\w)(?![.,'][0-9])(?![-/:@]\w)"
)
_SPACED: Final = re.compile(
    r"(?<![\w.,'/\\@:-])[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]{1,4})?(?!\w)(?![.,][0-9])"
)
_EITHER: Final = re.compile(r"-?[0-9]{1,3}[.,][0-9]{3}")
_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_DIGITS: Final = re.compile(r"-?[0-9][0-9.,']*")
_LONGEST: Final = 60


def find(taken: Taken) -> None:
    """Find numbers and amounts; `1,234` may be two, and `10 000` may be two numbers."""
    for match in _SPACED.finditer(taken.text):
        spaced = number.canonical(match[0])
        if spaced is not None and taken.is_free(*match.span()):
            taken.mentions.append(Mention("number", spaced, *match.span(), weak=True))
    for match in _NUMBER.finditer(taken.text):
        if not taken.is_free(*match.span()):
            continue
        minus = "-" if match["minus"] or match["minus2"] else ""
        for form, weak in readings(minus + match["number"]):
            taken.mentions.append(Mention("number", form, *match.span("number"), weak))
        # Only what stands beside a currency, or in groups, is surely an amount.
        amount = match["before"] or match["after"] or match["mark"]
        if amount or "," in match["number"]:
            taken.take(*match.span("number"), "amount")


def readings(written: str) -> list[tuple[str, bool]]:
    """Return what a number may be; thousands or decimals, where nobody can tell.

    A comma before three digits parts thousands; that it begins the decimals is possible.
    """
    if len(written) > _LONGEST or not _DIGITS.fullmatch(written):
        return []
    if _EITHER.fullmatch(written):
        plain = written.replace(",", "").replace(".", ""), written.replace(",", ".")
        sure = (_THOUSANDS.fullmatch(written) is not None, False)
        read = zip(map(number.canonical, plain), sure, strict=True)
        return [(form, not is_sure) for form, is_sure in read if form is not None]
    form = number.canonical(written)
    return [] if form is None else [(form, False)]
