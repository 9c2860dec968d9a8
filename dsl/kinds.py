"""Kinds of values: which there are, and the one form that all spellings of a value have."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dsl.canonical.registry import Canonical

# Written out, so that a policy without kinds loads none of the libraries behind them.
NAMES: Final = (
    "email",
    "iban",
    "url",
    "host",
    "path",
    "id",
    "name",
    "number",
    "money",
    "date",
    "time",
    "phone",
    "text",
)
LONGEST: Final = 20_000  # longer texts are no value of any kind but `text`
MOST_DIGITS: Final = 100  # more than any number of a call has
STEPS: Final = 20  # what reading one value costs of a rule's budget


def read(value: Any, kind: str) -> str | None:
    """Return the canonical form of a value; None if it cannot be read as this kind."""
    if not isinstance(value, str):
        return _readers()[kind](_plain(value, kind))
    return None if len(value) > LONGEST and kind != "text" else _readers()[kind](value)


@cache
def _readers() -> "Mapping[str, Canonical]":
    readers: Mapping[str, Canonical] = import_module("dsl.canonical.registry").KINDS
    return readers


def _plain(value: Any, kind: str) -> Any:
    """Write what a policy worked out as a call would give it: results of sums, days."""
    if isinstance(value, Fraction):
        return _decimal(value)
    if isinstance(value, datetime) and kind == "date":
        return value.date().isoformat()
    return value


def _decimal(value: Fraction) -> Decimal | None:
    with localcontext(prec=MOST_DIGITS) as exact:
        exact.traps[Inexact] = True
        try:
            return Decimal(value.numerator) / Decimal(value.denominator)
        except Inexact:  # a third, say, is no decimal number
            return None
