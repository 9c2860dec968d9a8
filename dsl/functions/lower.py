"""The text in lower case, for comparing without regard to case.

Example: lower("ADA") == "ada"
Unknown: never, for a text.
"""

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("lower", takes=(Type.TEXT,), gives=Type.TEXT, since="0.1")


def apply(text: str) -> str:
    """Fold the case of every letter."""
    return text.casefold()
