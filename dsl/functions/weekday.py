"""The day of the week of a time, in the policy's time zone: "mon" to "sun".

Example: weekday(2026-03-02) == "mon"
Unknown: never, for a time.
"""

from datetime import datetime
from typing import Final

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("weekday", takes=(Type.TIME,), gives=Type.TEXT, since="0.1")


DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def apply(moment: datetime) -> str:
    """Name the day."""
    return DAYS[moment.weekday()]
