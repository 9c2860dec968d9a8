"""The hour of a time, 0 to 23, in the policy's time zone.

Example: hour(2026-03-02T09:30) == 9
Unknown: never, for a time.
"""

from datetime import datetime

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("hour", takes=(Type.TIME,), gives=Type.NUMBER, since="0.1")


def apply(moment: datetime) -> int:
    """Tell the hour."""
    return moment.hour
