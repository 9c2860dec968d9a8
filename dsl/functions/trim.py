"""The text without the white space at both ends.

Example: trim("  ada ") == "ada"
Unknown: never, for a text.
"""

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("trim", takes=(Type.TEXT,), gives=Type.TEXT, since="0.1")


def apply(text: str) -> str:
    """Strip what Unicode calls white space."""
    return text.strip()
