"""A time read from a text in ISO 8601; without an offset it is told in the policy's time zone.

Example: parse_time("2026-03-02T09:30Z") == 2026-03-02T09:30
Unknown: when the text is no such time, or its year is not between 1000 and 9000.
"""

from datetime import datetime, tzinfo
from typing import Final

from dsl import patterns
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function("parse_time", takes=(Type.TEXT,), gives=Type.TIME, since="0.1", zoned=True)


FORM: Final = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?"
YEARS: Final = range(1000, 9001)


def apply(zone: tzinfo, text: str) -> datetime | Cause:
    """Read a day or a moment."""
    if not patterns.whole(FORM, text):
        return Cause.UNREADABLE
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Cause.UNREADABLE
    if moment.year not in YEARS:
        return Cause.UNREADABLE
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
