"""Whether a text holds what a named detector looks for.

Example: detects("Card 4111 1111 1111 1111", "card")
Unknown: when there is no detector of that name, or nothing is found and a part cannot be read.
"""

from dsl import unreadable
from dsl.detect.detector import find
from dsl.detect.registry import by_name
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function(
    "detects",
    takes=(Type.TEXT, Type.TEXT),
    gives=Type.TRUTH,
    since="0.1",
    sample=("DE89370400440532013000 4111111111111111", "pii"),
)


def apply(text: str, name: str) -> bool | Cause:
    """Search the text as it stands and as a reader sees it."""
    detector = by_name(name)
    if detector is None:
        return Cause.UNREADABLE
    found = find(detector, text)
    return Cause.UNREADABLE if found is False and unreadable.holds_some(text) else found
