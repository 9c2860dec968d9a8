"""The day of a time: its midnight, in the policy's time zone.

Example: date(2026-03-02T09:30) == 2026-03-02
Unknown: never, for a time.
"""

from datetime import datetime

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("date", takes=(Type.TIME,), gives=Type.TIME, since="0.1")


def apply(moment: datetime) -> datetime:
    """Go back to midnight."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
